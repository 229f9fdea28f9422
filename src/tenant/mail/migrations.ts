/** The mail tables, in order of release. A released entry is never edited: add the next one. */
export const mailMigrations: readonly string[] = [
  `
CREATE TABLE mail_folders (
  num INTEGER PRIMARY KEY,
  mailbox TEXT NOT NULL,
  graph_id TEXT NOT NULL UNIQUE,
  parent INTEGER REFERENCES mail_folders(num) ON DELETE CASCADE,
  display_name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  well_known TEXT,
  is_hidden INTEGER NOT NULL DEFAULT 0,
  UNIQUE (parent, name_key)
);
CREATE UNIQUE INDEX mail_folders_well_known ON mail_folders (mailbox, well_known) WHERE well_known IS NOT NULL;
CREATE INDEX mail_folders_mailbox ON mail_folders (mailbox);

CREATE TABLE mail_messages (
  num INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox TEXT NOT NULL,
  folder INTEGER NOT NULL REFERENCES mail_folders(num) ON DELETE CASCADE,
  immutable_id TEXT NOT NULL UNIQUE,
  ordinary_id TEXT NOT NULL UNIQUE,
  change_key TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_key TEXT NOT NULL,
  from_json TEXT,
  from_key TEXT,
  from_name_key TEXT,
  sender_json TEXT,
  to_json TEXT NOT NULL,
  cc_json TEXT NOT NULL,
  bcc_json TEXT NOT NULL,
  reply_to_json TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  sent_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  is_read INTEGER NOT NULL,
  is_draft INTEGER NOT NULL,
  has_attachments INTEGER NOT NULL DEFAULT 0,
  importance TEXT NOT NULL DEFAULT 'normal',
  flag_json TEXT NOT NULL,
  flag_status TEXT NOT NULL DEFAULT 'notFlagged',
  categories_json TEXT NOT NULL DEFAULT '[]',
  inference TEXT NOT NULL DEFAULT 'focused',
  delivery_receipt INTEGER NOT NULL DEFAULT 0,
  read_receipt INTEGER NOT NULL DEFAULT 0,
  internet_message_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  conversation_index TEXT NOT NULL,
  preview TEXT NOT NULL,
  send_visible_until_ms INTEGER,
  send_hidden_until_ms INTEGER,
  send_accepted_ms INTEGER,
  send_from_json TEXT,
  send_sender_json TEXT,
  send_keep INTEGER
);
CREATE INDEX mail_messages_folder ON mail_messages (folder, received_ms DESC, num DESC);
CREATE INDEX mail_messages_unread ON mail_messages (folder, is_read, send_visible_until_ms);
CREATE INDEX mail_messages_mailbox ON mail_messages (mailbox, received_ms DESC, num DESC);
CREATE INDEX mail_messages_internet_id ON mail_messages (mailbox, internet_message_id);
CREATE INDEX mail_messages_conversation ON mail_messages (mailbox, conversation_id);
CREATE INDEX mail_messages_sending ON mail_messages (mailbox, send_hidden_until_ms) WHERE send_hidden_until_ms IS NOT NULL;

CREATE TABLE mail_bodies (
  message INTEGER PRIMARY KEY REFERENCES mail_messages(num) ON DELETE CASCADE,
  content_type TEXT NOT NULL,
  content TEXT NOT NULL,
  text_alternative TEXT,
  headers_json TEXT NOT NULL DEFAULT '[]',
  in_reply_to TEXT,
  reference_ids TEXT,
  mime TEXT
);

CREATE TABLE mail_extended (
  message INTEGER NOT NULL REFERENCES mail_messages(num) ON DELETE CASCADE,
  id_key TEXT NOT NULL,
  id TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (message, id_key)
) WITHOUT ROWID;
CREATE INDEX mail_extended_value ON mail_extended (id_key, value);

CREATE TABLE mail_blobs (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE mail_attachments (
  num INTEGER PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES mail_messages(num) ON DELETE CASCADE,
  graph_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  content_type TEXT,
  is_inline INTEGER NOT NULL,
  content_id TEXT,
  content_location TEXT,
  size_bytes INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  blob TEXT NOT NULL REFERENCES mail_blobs(sha256),
  UNIQUE (message, graph_id)
);
CREATE INDEX mail_attachments_blob ON mail_attachments (blob);

CREATE TABLE mail_uploads (
  token TEXT PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES mail_messages(num) ON DELETE CASCADE,
  name TEXT NOT NULL,
  content_type TEXT,
  is_inline INTEGER NOT NULL,
  content_id TEXT,
  size_bytes INTEGER NOT NULL,
  received_bytes INTEGER NOT NULL DEFAULT 0,
  expires_ms INTEGER NOT NULL
);
CREATE TABLE mail_upload_parts (
  token TEXT NOT NULL REFERENCES mail_uploads(token) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (token, start)
);

CREATE TABLE mail_imports (
  mailbox TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  immutable_id TEXT NOT NULL,
  PRIMARY KEY (mailbox, sha256)
) WITHOUT ROWID;

CREATE TABLE mail_deliveries (
  num INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox TEXT NOT NULL,
  message_immutable_id TEXT NOT NULL,
  internet_message_id TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL,
  recipients_json TEXT NOT NULL
);
CREATE TABLE mail_outbound (
  num INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery INTEGER NOT NULL REFERENCES mail_deliveries(num),
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  internet_message_id TEXT NOT NULL,
  in_reply_to TEXT,
  accepted_ms INTEGER NOT NULL,
  key_header TEXT
);
`,
]
