-- What came of an action: whoever looks for what was refused or has failed looks for few lines among many.
ALTER TABLE activity_log ADD COLUMN result TEXT NOT NULL DEFAULT 'done'
  CONSTRAINT result_is_known CHECK (result IN ('done', 'refused', 'failed'));
CREATE INDEX idx_activity_result ON activity_log (result, created_at) WHERE result <> 'done';
-- Lists are the newest first, whatever they are filtered by.
DROP INDEX idx_activity_chat;
CREATE INDEX idx_activity_chat ON activity_log (chat_id, created_at);
CREATE INDEX idx_activity_action ON activity_log (action, created_at);
CREATE INDEX idx_activity_created ON activity_log (created_at);
