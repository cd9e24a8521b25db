-- What was asked to be revalidated: documents, with what is asked of them in columns.
CREATE TABLE revalidations (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX revalidations_by_time ON revalidations (at, id);
CREATE INDEX revalidations_by_state ON revalidations (state, at);

-- Calls of the administration that change something.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (at, id);
