// Opens the database of a killed tenant and looks for every refresh token it had acknowledged.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export function countLost(dataDir: string, refreshTokens: readonly string[]): number {
  const db = new DatabaseSync(join(dataDir, 'tenant.db'))
  try {
    const find = db.prepare('SELECT 1 FROM refresh_tokens WHERE hash = ?')
    return refreshTokens.filter((token) => !find.get(createHash('sha256').update(token).digest())).length
  } finally {
    db.close()
  }
}
