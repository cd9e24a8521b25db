-- When its origin is asked next whether a source has changed, and what asking has taught.
ALTER TABLE sources ADD COLUMN next_check_at INTEGER;
ALTER TABLE sources ADD COLUMN checks TEXT;
UPDATE sources SET next_check_at = checked_at WHERE digest IS NOT NULL;
CREATE INDEX sources_by_next_check ON sources (next_check_at);
