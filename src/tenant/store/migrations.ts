/** Identity, directory and control tables, in order of release. A released entry is never edited: add the next one. */
export const coreMigrations: readonly string[] = [
  `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  upn TEXT NOT NULL UNIQUE COLLATE NOCASE,
  display_name TEXT NOT NULL,
  password TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  mailbox_kind TEXT NOT NULL DEFAULT 'user',
  full_access_json TEXT NOT NULL DEFAULT '[]',
  roles_json TEXT NOT NULL DEFAULT '[]',
  wrong_passwords INTEGER NOT NULL DEFAULT 0,
  locked_until_ms INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL
);
CREATE TABLE applications (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL UNIQUE COLLATE NOCASE,
  json TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  deleted_ms INTEGER
);
CREATE TABLE app_secrets (
  key_id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES applications(id) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  hint TEXT NOT NULL,
  display_name TEXT,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL
);
CREATE TABLE service_principals (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL UNIQUE COLLATE NOCASE,
  json TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE TABLE permission_grants (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES service_principals(id) ON DELETE CASCADE,
  resource_id TEXT NOT NULL REFERENCES service_principals(id) ON DELETE CASCADE,
  consent_type TEXT NOT NULL,
  principal_id TEXT,
  scope TEXT NOT NULL
);
CREATE UNIQUE INDEX permission_grants_one
  ON permission_grants (client_id, resource_id, consent_type, coalesce(principal_id, ''));
CREATE TABLE role_assignments (
  id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  resource_id TEXT NOT NULL REFERENCES service_principals(id) ON DELETE CASCADE,
  app_role_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  UNIQUE (principal_id, resource_id, app_role_id)
);
CREATE TABLE sessions (hash BLOB PRIMARY KEY, user_id TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY,
  browser_hash BLOB NOT NULL,
  csrf TEXT NOT NULL,
  request_json TEXT NOT NULL,
  user_id TEXT,
  created_ms INTEGER NOT NULL
);
CREATE TABLE codes (hash BLOB PRIMARY KEY, json TEXT NOT NULL, created_ms INTEGER NOT NULL, redeemed_ms INTEGER);
CREATE TABLE refresh_tokens (
  hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  json TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE TABLE faults (id TEXT PRIMARY KEY, json TEXT NOT NULL);
`,
]
