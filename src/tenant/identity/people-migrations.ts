/** Tables of accounts, browser sessions, policies and requests for approval, in order of release; never edited once released. */
export const peopleMigrations: readonly string[] = [
  `
DROP TABLE IF EXISTS sessions;
DROP TABLE IF EXISTS sign_ins;
CREATE TABLE account_states (
  user_id TEXT PRIMARY KEY,
  password_expired INTEGER NOT NULL DEFAULT 0,
  mfa_required INTEGER NOT NULL DEFAULT 0,
  mfa_registered INTEGER NOT NULL DEFAULT 1,
  ip_address TEXT NOT NULL DEFAULT '127.0.0.1',
  wrong_passwords INTEGER NOT NULL DEFAULT 0,
  wrong_hashes_json TEXT NOT NULL DEFAULT '[]',
  locks INTEGER NOT NULL DEFAULT 0,
  locked_until_ms INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE browser_sessions (
  hash BLOB NOT NULL,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  auth_time_ms INTEGER NOT NULL,
  mfa_ms INTEGER,
  persistent INTEGER NOT NULL DEFAULT 0,
  used_ms INTEGER NOT NULL,
  PRIMARY KEY (hash, user_id)
) WITHOUT ROWID;
CREATE TABLE sign_in_steps (
  id TEXT PRIMARY KEY,
  browser_hash BLOB NOT NULL,
  csrf TEXT NOT NULL,
  next TEXT NOT NULL,
  request_json TEXT NOT NULL,
  progress_json TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE TABLE access_policies (id TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE consent_requests (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  created_ms INTEGER NOT NULL
);
ALTER TABLE device_codes ADD COLUMN mfa_ms INTEGER;
`,
  `
CREATE TABLE policies_of_tenants (id TEXT NOT NULL, tenant_id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (id, tenant_id));
INSERT INTO policies_of_tenants SELECT id, (SELECT id FROM tenants), json FROM access_policies ORDER BY rowid;
DROP TABLE access_policies;
ALTER TABLE policies_of_tenants RENAME TO access_policies;
ALTER TABLE consent_requests ADD COLUMN tenant_id TEXT NOT NULL DEFAULT '';
UPDATE consent_requests SET tenant_id = (SELECT id FROM tenants);
`,
]
