-- Sources that are refused.
CREATE TABLE blocks (
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    PRIMARY KEY (kind, text)
) WITHOUT ROWID;

-- The position at which they were changed last.
ALTER TABLE ledger ADD COLUMN blocks_at INTEGER NOT NULL DEFAULT 0;
