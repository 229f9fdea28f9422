// `npm run chaos -- [NAME…]`: real processes are killed at random instants; the guarantees are counted afterwards.
import { chaosRun } from './chaos/run.ts'
import { numberOption, printReport, wantedNames } from './report.ts'

const wanted = wantedNames()
if (wanted.length > 0 && !wanted.includes('run')) {
  console.error(
    `letterlock: there is no chaos check named ${wanted.join(' ')} (chaos/unknown-name)\ndo this: npm run chaos -- run`,
  )
  process.exitCode = 2
} else {
  const report = await chaosRun({
    runKills: numberOption('kills', 100),
    tenantKills: numberOption('tenant-kills', 50),
    log: (line) => console.log(line),
  })
  printReport('chaos run', report)
}
