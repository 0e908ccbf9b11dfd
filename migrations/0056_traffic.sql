-- What came over the network, in periods of five minutes: of everything, and of what each chat waited for. What several chats
-- wait for counts for each of them, and once for everything.
CREATE TABLE traffic (
  period TEXT NOT NULL CONSTRAINT period_is_a_time CHECK (period LIKE '____-__-__T__:__:__.___Z'),
  -- 0: of everything. No chat has this id.
  chat_id INTEGER NOT NULL,
  bytes INTEGER NOT NULL CONSTRAINT bytes_is_positive CHECK (bytes > 0),
  PRIMARY KEY (period, chat_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_traffic_chat ON traffic (chat_id, period);
-- The last day is counted whenever somebody asks how it was.
CREATE INDEX idx_download_sessions_completed ON download_sessions (completed_at) WHERE completed_at IS NOT NULL;
