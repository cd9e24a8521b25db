-- When a discard of a source was last written down.
ALTER TABLE sources ADD COLUMN discarded_at INTEGER;
