// Source: Microsoft Graph "Service-specific throttling limits"; Q&A 2258712; outlook-large-attachments. Read 2026-11-24.

const MB = 1_000_000
const MINUTE_MS = 60_000

/** Outlook's limits for one client (application) in one mailbox. */
export const mailLimits = {
  concurrentRequests: 4,
  requestsPerWindow: 10_000,
  requestWindowMs: 10 * MINUTE_MS,
  uploadBytesPerWindow: 150 * MB,
  uploadWindowMs: 5 * MINUTE_MS,
  sendsPerMinute: 30,
  recipientsPerDay: 10_000,
  recipientsPerMessage: 500,
  batchRequests: 20,
  pageSizeDefault: 10,
  pageSizeMax: 1_000,
  /** From here on an attachment needs an upload session; below it, one is refused. */
  uploadSessionFromBytes: 3 * 1024 * 1024,
  uploadChunkBytes: 4 * 1024 * 1024,
  attachmentMaxBytes: 150 * MB,
  messageMaxBytes: 35 * 1024 * 1024,
  internetMessageHeadersMax: 5,
  subscriptionsPerMailbox: 1_000,
} as const

/** Lives of codes and tokens. Source: Entra "Auth code flow", "Refresh tokens", "Access tokens". Read 2026-11-24. */
export const signInLimits = {
  codeLifeMs: 10 * MINUTE_MS,
  accessTokenLifeMinMs: 60 * MINUTE_MS,
  accessTokenLifeMaxMs: 90 * MINUTE_MS,
  refreshTokenLifeMs: 90 * 24 * 60 * MINUTE_MS,
  spaRefreshTokenLifeMs: 24 * 60 * MINUTE_MS,
  codeVerifierMinLength: 43,
  codeVerifierMaxLength: 128,
} as const

/** Source: Microsoft "Supported accounts validation", "Redirect URI restrictions". Read 2026-11-24. */
export const registrationLimits = {
  nameMaxLength: 120,
  redirectUrisMax: 256,
  redirectUriMaxLength: 256,
  permissionsMax: 400,
  resourcesMax: 50,
} as const
