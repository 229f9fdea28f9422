import { createHash } from 'node:crypto'

/** `sub` differs for each client, so that two clients cannot compare their users. OpenID Connect Core section 8.1. */
export function pairwiseSubject(userId: string, appId: string): string {
  return createHash('sha256').update(`${userId} ${appId.toLowerCase()}`).digest('base64url')
}
