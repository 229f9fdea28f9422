/** Tables of the grants beside code and refresh, in order of release. A released entry is never edited: add the next one. */
export const grantMigrations: readonly string[] = [
  `
CREATE TABLE device_codes (
  hash BLOB PRIMARY KEY,
  user_code TEXT NOT NULL UNIQUE,
  app_id TEXT NOT NULL,
  tenant TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  user_id TEXT,
  auth_time_ms INTEGER,
  return_uri TEXT UNIQUE,
  browser_hash BLOB,
  csrf TEXT
);
`,
  `
CREATE TABLE used_refresh_tokens (hash BLOB PRIMARY KEY, used_ms INTEGER NOT NULL);
CREATE TABLE revoked_families (id TEXT PRIMARY KEY, revoked_ms INTEGER NOT NULL);
`,
]
