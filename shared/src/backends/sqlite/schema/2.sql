-- The sources of one host, for discards of a host or of what lies below a URL.
CREATE INDEX sources_by_host ON sources (host, id);
