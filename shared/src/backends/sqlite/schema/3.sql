-- What is counted, and what lists are ordered by.

ALTER TABLE entries ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN last_used_at INTEGER;
UPDATE entries SET size = json_extract(document, '$.size'), created_at = json_extract(document, '$.created_at');

ALTER TABLE sources ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN last_used_at INTEGER;
-- How many entries name it, and what their bodies take together.
ALTER TABLE sources ADD COLUMN variants INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE sources SET (variants, bytes) = (
    SELECT count(*), ifnull(sum(entries.size), 0)
    FROM made_from JOIN entries ON entries.key = made_from.key WHERE made_from.source = sources.id
);

-- What has no such instant comes last.
CREATE INDEX sources_by_uses ON sources (uses, id);
CREATE INDEX sources_by_use ON sources (ifnull(last_used_at, -1), id);
CREATE INDEX sources_by_bytes ON sources (bytes, id);
CREATE INDEX sources_by_check ON sources (ifnull(checked_at, -1), id);
CREATE INDEX sources_by_change ON sources (ifnull(changed_at, -1), id);
CREATE INDEX sources_by_url ON sources (url);

-- How often a process, or a part of its life, has used a source on one day since 1970.
CREATE TABLE uses_by_day (
    source TEXT NOT NULL,
    day INTEGER NOT NULL,
    run TEXT NOT NULL,
    uses INTEGER NOT NULL,
    PRIMARY KEY (source, day, run)
) WITHOUT ROWID;
CREATE INDEX uses_by_day_by_day ON uses_by_day (day);
