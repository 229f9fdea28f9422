/** Numbered; a released one is never edited. */
export const ledgerMigrations: readonly string[] = [
  `CREATE TABLE runs (
     id TEXT PRIMARY KEY,
     flow TEXT NOT NULL,
     tid TEXT NOT NULL,
     oid TEXT NOT NULL,
     mailbox TEXT NOT NULL,
     started_at_ms INTEGER NOT NULL,
     ended_at_ms INTEGER,
     summary TEXT
   ) STRICT;
   CREATE TABLE messages (
     id INTEGER PRIMARY KEY,
     flow TEXT NOT NULL,
     tid TEXT NOT NULL,
     oid TEXT NOT NULL,
     message_id TEXT NOT NULL,
     generation INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('open', 'handled', 'skipped', 'failed', 'doubtful')),
     reason TEXT,
     subject TEXT NOT NULL,
     sender TEXT NOT NULL,
     first_seen TEXT NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0,
     put_aside INTEGER NOT NULL DEFAULT 0,
     run_id TEXT NOT NULL,
     opened_at_ms INTEGER NOT NULL,
     changed_at_ms INTEGER NOT NULL,
     UNIQUE (flow, tid, oid, message_id, generation)
   ) STRICT;
   CREATE INDEX messages_by_state ON messages (flow, tid, oid, state);
   CREATE INDEX messages_by_run ON messages (run_id, state);
   CREATE TABLE steps (
     id TEXT PRIMARY KEY,
     message INTEGER NOT NULL REFERENCES messages (id),
     name TEXT NOT NULL,
     occurrence INTEGER NOT NULL,
     kind TEXT NOT NULL,
     args_hash TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('intent', 'created', 'sending', 'done', 'doubtful')),
     before_image TEXT,
     result TEXT,
     draft_id TEXT,
     draft_change_key TEXT,
     doubt_since_ms INTEGER,
     sends INTEGER NOT NULL DEFAULT 0,
     address TEXT,
     run_id TEXT NOT NULL,
     intended_at_ms INTEGER NOT NULL,
     ended_at_ms INTEGER,
     UNIQUE (message, name, occurrence)
   ) STRICT;
   CREATE INDEX steps_by_address ON steps (address, intended_at_ms) WHERE address IS NOT NULL;
   CREATE TABLE files (
     path_key TEXT PRIMARY KEY,
     path TEXT NOT NULL,
     step TEXT NOT NULL,
     attachment_id TEXT NOT NULL,
     UNIQUE (step, attachment_id)
   ) STRICT;`,
]
