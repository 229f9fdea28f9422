// `npm run chaos -- [NAME…]`: real processes are killed at random instants; the guarantees are counted afterwards.
import { chaosIdentity } from './chaos/identity.ts'
import { chaosRefresh } from './chaos/refresh.ts'
import { chaosRun } from './chaos/run.ts'
import { chaosStampede } from './chaos/stampede.ts'
import { numberOption, printReport, type Report, wantedNames } from './report.ts'

const log = (line: string): void => console.log(line)
const checks: Readonly<Record<string, () => Promise<Report>>> = {
  run: () =>
    chaosRun({ runKills: numberOption('kills', 100), tenantKills: numberOption('tenant-kills', 50), log }),
  identity: () => chaosIdentity({ kills: numberOption('kills', 200), log }),
  refresh: () => chaosRefresh({ kills: numberOption('kills', 200), log }),
  stampede: () => chaosStampede({ processes: numberOption('processes', 100), peer: true, log }),
}
const wanted = wantedNames()
const unknown = wanted.filter((name) => !Object.hasOwn(checks, name))
if (unknown.length > 0) {
  console.error(
    `letterlock: there is no chaos check named ${unknown.join(' ')} (chaos/unknown-name)\ndo this: npm run chaos -- ${Object.keys(checks).join(' ')}`,
  )
  process.exitCode = 2
} else {
  for (const name of wanted.length > 0 ? wanted : Object.keys(checks))
    printReport(`chaos ${name}`, await checks[name]!())
}
