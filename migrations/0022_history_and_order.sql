-- What was downloaded in a chat, the newest first.
CREATE INDEX idx_download_sessions_chat ON download_sessions (chat_id);

-- In which order a chat's models start, where nothing else decides: as they were added and moved, or the smallest first.
ALTER TABLE chat_sessions ADD COLUMN start_order TEXT NOT NULL DEFAULT 'added'
  CONSTRAINT start_order_is_known CHECK (start_order IN ('added', 'smallest'));
