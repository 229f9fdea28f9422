// Every operation of the control API, in the order of the OpenAPI file. A new one needs nothing but its row.
import { appOperations } from './app-operations.ts'
import { exchangeOperations } from './exchange-operations.ts'
import { logOperations } from './log-operations.ts'
import { mailOperations } from './mail-operations.ts'
import type { Operation } from './operation.ts'
import { policyOperations } from './policy-operations.ts'
import { processOperations } from './process-operations.ts'
import { seedOperations } from './seed-operations.ts'
import { sessionOperations } from './session-operations.ts'
import { simulationOperations } from './simulation-operations.ts'
import { snapshotOperations } from './snapshot-operations.ts'
import { tenantOperations } from './tenant-operations.ts'
import { userOperations } from './user-operations.ts'

export const operations: readonly Operation[] = [
  ...tenantOperations,
  ...userOperations,
  ...appOperations,
  ...policyOperations,
  ...sessionOperations,
  ...simulationOperations,
  ...logOperations,
  ...mailOperations,
  ...exchangeOperations,
  ...seedOperations,
  ...snapshotOperations,
  ...processOperations,
]
