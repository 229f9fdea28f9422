export {
  countOutcomes,
  explainMessage,
  listRuns,
  settle,
  type Explanation,
  type Settled,
} from './ask-ledger.ts'
export type { Leftover, OnDoubt, ProgressEvent } from './context.ts'
export type {
  Content,
  Enclosure,
  Flow,
  FlowDefinition,
  FlowMessage,
  ForwardContent,
  Outcome,
  ReplyContent,
  SavedFile,
  SaveOptions,
  SendContent,
  Steps,
  TextCondition,
  Where,
} from './contract.ts'
export { defineFlow, isFlow } from './define-flow.ts'
export { keyProperty } from './draft-step.ts'
export type { PlanCost } from './dry-run.ts'
export { FlowError, flowErrors, type FlowErrorCode } from './flow-error.ts'
export { loadFlow } from './load-flow.ts'
export type { MessageResult } from './message-run.ts'
export { defaultSettleWaitMs, runFlow, type RunFlowOptions, type RunSummary } from './run-flow.ts'
export { safeFileName } from './safe-name.ts'
export type {
  FlowKey,
  Ledger,
  MessageState,
  OutcomeCounts,
  RunRow,
  StepKind,
  StepState,
} from './store/contract.ts'
export { openLedger } from './store/sqlite.ts'
export type { ConditionReport } from './where.ts'
