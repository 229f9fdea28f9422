/** Tables of the directory, in order of release. A released entry is never edited: add the next one. */
export const directoryMigrations: readonly string[] = [
  `
CREATE TABLE user_details (
  user_id TEXT PRIMARY KEY,
  json TEXT NOT NULL DEFAULT '{}',
  must_change_password INTEGER NOT NULL DEFAULT 0,
  password_changed_ms INTEGER NOT NULL DEFAULT 0,
  sessions_valid_from_ms INTEGER NOT NULL DEFAULT 0
);
INSERT INTO user_details (user_id) SELECT id FROM users;
CREATE TABLE deleted_users (id TEXT PRIMARY KEY, json TEXT NOT NULL, deleted_ms INTEGER NOT NULL);
CREATE TABLE groups (id TEXT PRIMARY KEY, json TEXT NOT NULL, created_ms INTEGER NOT NULL, deleted_ms INTEGER);
CREATE TABLE group_links (
  group_id TEXT NOT NULL REFERENCES groups(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  PRIMARY KEY (group_id, kind, object_id)
);
CREATE INDEX group_links_object ON group_links (object_id, kind);
CREATE TABLE audit_sign_ins (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, json TEXT NOT NULL);
CREATE INDEX audit_sign_ins_at ON audit_sign_ins (at_ms);
CREATE TABLE audit_directory (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, json TEXT NOT NULL);
CREATE INDEX audit_directory_at ON audit_directory (at_ms);
`,
  `
ALTER TABLE service_principals ADD COLUMN deleted_ms INTEGER;
CREATE TABLE object_owners (object_id TEXT NOT NULL, owner_id TEXT NOT NULL, PRIMARY KEY (object_id, owner_id));
CREATE INDEX object_owners_owner ON object_owners (owner_id);
CREATE TABLE federated_credentials (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES applications(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  json TEXT NOT NULL
);
CREATE UNIQUE INDEX federated_credentials_name ON federated_credentials (application_id, name);
`,
]
