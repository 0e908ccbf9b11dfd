-- Sessions and notices are kept for good: what is asked about the newest of them must not read all.
CREATE INDEX idx_download_sessions_day ON download_sessions (coalesce(completed_at, started_at));
CREATE INDEX idx_outbox_cleanup ON outbox (chat_id) WHERE kind = 'cleanup';
