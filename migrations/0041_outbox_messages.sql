-- What one message tells, and which failures were told lately, was looked for in all that was ever said.
CREATE INDEX idx_outbox_message ON outbox (chat_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX idx_outbox_failures ON outbox (chat_id, sent_at) WHERE kind = 'failed';
