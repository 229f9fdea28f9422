// One run of the chaos flow as a process of its own, so that it can be killed. The clock runs at the tenant's rate.
import { openThrottle, createGraphClient } from '../../src/graph/index.ts'
import { openMailbox } from '../../src/mail/index.ts'
import { createTokenSource, openVault } from '../../src/signin/index.ts'
import { runFlow } from '../../src/flow/index.ts'
import { join } from 'node:path'
import { scaledClock, type WorkerInput } from './scaled-clock.ts'
import flow from './chaos.flow.ts'

const input = JSON.parse(process.argv[2] ?? '') as WorkerInput
const clock = scaledClock(input.clock)
const vault = openVault(input.home, { clock })
const account = vault.list()[0]
if (!account) throw new Error('the chaos vault holds no account')
const tokens = createTokenSource(vault, account.id, { clock })
const graph = createGraphClient({
  graphOrigin: account.cloud.graph,
  getToken: (options) => tokens.getToken(options),
  throttle: openThrottle(join(input.home, 'throttle.db'), { clock }),
  mailboxKey: account.id,
  clock,
})
const summary = await runFlow({
  flow,
  mailbox: openMailbox(graph, 'me'),
  accountKey: { tid: account.tid, oid: account.oid },
  ledgerFile: join(input.home, 'ledger.db'),
  filesDir: join(input.home, 'files'),
  clock,
  onDoubt: input.onDoubt,
})
console.log(JSON.stringify(summary))
vault.close()
