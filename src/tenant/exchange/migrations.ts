/** Tables of Exchange, in order of release. A released entry is never edited: add the next one. */
export const exchangeMigrations: readonly string[] = [
  `
CREATE TABLE exchange_objects (
  number INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  json TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER
);
CREATE INDEX exchange_objects_kind ON exchange_objects (tenant_id, kind, until_ms);
CREATE TABLE exchange_mailboxes (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
`,
]
