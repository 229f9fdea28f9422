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
  // Several tenants: what there was belongs to the first one. Tables that point at service principals are set aside while
  // that one is made anew, since dropping it would take their rows with it.
  `
CREATE TABLE tenants (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  domains_json TEXT NOT NULL,
  settings_json TEXT NOT NULL DEFAULT '{}',
  created_ms INTEGER NOT NULL
);
INSERT INTO tenants (id, display_name, domains_json, settings_json, created_ms)
  SELECT value, 'Contoso', '["contoso.example","contoso.onmicrosoft.com"]',
    coalesce((SELECT value FROM meta WHERE key = 'settings'), '{}'), 0
  FROM meta WHERE key = 'tenant-id';
ALTER TABLE users ADD COLUMN tenant_id TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN home_id TEXT;
CREATE INDEX users_tenant ON users (tenant_id);
CREATE UNIQUE INDEX users_guest ON users (tenant_id, home_id) WHERE home_id IS NOT NULL;
UPDATE users SET tenant_id = (SELECT id FROM tenants);
UPDATE deleted_users SET json = json_set(json, '$.tenant_id', (SELECT id FROM tenants), '$.home_id', NULL);
ALTER TABLE applications ADD COLUMN tenant_id TEXT NOT NULL DEFAULT '';
CREATE INDEX applications_tenant ON applications (tenant_id);
UPDATE applications SET tenant_id =
  CASE WHEN app_id IN ('14d82eec-204b-4c2f-b7e8-296a70dab67e', '04b07795-8ddb-461a-bbee-02f9e1bf7b46')
    THEN 'f8cdef31-a31e-4b4a-93e4-5f571e91255a' ELSE (SELECT id FROM tenants) END;
ALTER TABLE groups ADD COLUMN tenant_id TEXT NOT NULL DEFAULT '';
UPDATE groups SET tenant_id = (SELECT id FROM tenants);
ALTER TABLE audit_sign_ins ADD COLUMN tenant_id TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_directory ADD COLUMN tenant_id TEXT NOT NULL DEFAULT '';
UPDATE audit_sign_ins SET tenant_id = (SELECT id FROM tenants);
UPDATE audit_directory SET tenant_id = (SELECT id FROM tenants);
CREATE TABLE kept_grants AS SELECT * FROM permission_grants ORDER BY rowid;
CREATE TABLE kept_assignments AS SELECT * FROM role_assignments ORDER BY rowid;
CREATE TABLE kept_principals AS SELECT * FROM service_principals ORDER BY rowid;
DROP TABLE permission_grants;
DROP TABLE role_assignments;
DROP TABLE service_principals;
CREATE TABLE service_principals (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  app_id TEXT NOT NULL COLLATE NOCASE,
  json TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  deleted_ms INTEGER,
  UNIQUE (tenant_id, app_id)
);
CREATE INDEX service_principals_app ON service_principals (app_id);
INSERT INTO service_principals
  SELECT id, (SELECT id FROM tenants), app_id, json, created_ms, deleted_ms FROM kept_principals ORDER BY rowid;
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
INSERT INTO permission_grants SELECT * FROM kept_grants ORDER BY rowid;
CREATE TABLE role_assignments (
  id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  resource_id TEXT NOT NULL REFERENCES service_principals(id) ON DELETE CASCADE,
  app_role_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  UNIQUE (principal_id, resource_id, app_role_id)
);
INSERT INTO role_assignments SELECT * FROM kept_assignments ORDER BY rowid;
DROP TABLE kept_grants;
DROP TABLE kept_assignments;
DROP TABLE kept_principals;
`,
  `
CREATE TABLE administrative_units (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  json TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE TABLE administrative_unit_members (
  unit_id TEXT NOT NULL REFERENCES administrative_units(id) ON DELETE CASCADE,
  object_id TEXT NOT NULL,
  PRIMARY KEY (unit_id, object_id)
);
CREATE TABLE activated_roles (
  tenant_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, template_id)
);
CREATE TABLE role_holders (
  tenant_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  object_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, template_id, object_id)
);
`,
  "ALTER TABLE tenants ADD COLUMN cloud TEXT NOT NULL DEFAULT 'global'",
  `
CREATE TABLE principal_secrets (
  key_id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL REFERENCES service_principals(id) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  hint TEXT NOT NULL,
  display_name TEXT,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL
);
CREATE INDEX principal_secrets_principal ON principal_secrets (principal_id);
`,
]
