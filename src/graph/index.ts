export { createGraphClient } from './client.ts'
export type {
  GetToken,
  GraphClient,
  GraphClientOptions,
  GraphMethod,
  GraphReply,
  GraphRequestOptions,
  RequestReport,
  Throttle,
  ThrottleCost,
  ThrottleTurn,
  UploadRange,
} from './contract.ts'
export { GraphError, graphErrors, type GraphErrorCode, type GraphErrorDetails } from './graph-error.ts'
export { openThrottle } from './throttle.ts'
