// `npm run fuzz -- [--seconds N] [--seed N]`: malformed requests to every endpoint of the local tenant.
import { fuzzTenant } from './fuzz/tenant.ts'
import { numberOption, printReport } from './report.ts'

const seed = numberOption('seed', Date.now() % 1_000_000)
console.log(`seed ${seed}`)
printReport('fuzz tenant', await fuzzTenant({ seconds: numberOption('seconds', 60), seed }))
