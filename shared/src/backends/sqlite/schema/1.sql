-- Instants are milliseconds since 1970, stamps are positions in the ledger, documents are JSON.

-- One rendered picture each.
CREATE TABLE entries (
    key TEXT PRIMARY KEY,
    stamp INTEGER NOT NULL,
    object TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;

-- Which sources an entry was made from.
CREATE TABLE made_from (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX made_from_by_key ON made_from (key);

CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    discarded INTEGER NOT NULL,
    digest TEXT,
    digest_stamp INTEGER,
    validator TEXT,
    validator_stamp INTEGER,
    created_at INTEGER NOT NULL,
    checked_at INTEGER,
    changed_at INTEGER,
    changed_to TEXT,
    unsteady_until INTEGER
) WITHOUT ROWID;

-- How the last render of a key failed.
CREATE TABLE failures (
    key TEXT PRIMARY KEY,
    stamp INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX failures_by_end ON failures (until);

-- One row.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    incarnation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    trims INTEGER NOT NULL
);

CREATE TABLE rules (
    at INTEGER PRIMARY KEY,
    below INTEGER NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    open INTEGER NOT NULL
);

CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    tick INTEGER NOT NULL,
    claimed_at INTEGER NOT NULL,
    settled INTEGER NOT NULL
) WITHOUT ROWID;

-- Jobs that have ended, by the name of their life.
CREATE TABLE history (
    life TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    url TEXT,
    host TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX history_by_end ON history (ended_at, life);
CREATE INDEX history_by_url ON history (url, ended_at, life);
CREATE INDEX history_by_host ON history (host, ended_at, life);
CREATE INDEX history_by_kind ON history (kind, ended_at, life);
CREATE INDEX history_by_state ON history (state, ended_at, life);
CREATE INDEX history_by_error ON history (error, ended_at, life);

-- Work that will be due: next_at is when, at first or again, and set_at the instant at which that was decided.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    payload TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    set_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_by_next ON outbox (version, next_at);
CREATE INDEX outbox_by_set ON outbox (version, set_at);
