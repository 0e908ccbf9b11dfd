-- What is asked of copies and chats is found in indexes, however many models there are.
DROP INDEX idx_models_copy;
CREATE INDEX idx_models_copy ON models (copy_id, chat_id);
CREATE INDEX idx_models_chat_copy ON models (chat_id, copy_id) WHERE copy_id IS NOT NULL;
-- Pinned models are few: what a chat has pinned, and whether somebody has pinned a copy.
CREATE INDEX idx_models_chat_pinned ON models (chat_id, size_bytes) WHERE pinned = 1;
CREATE INDEX idx_models_copy_pinned ON models (copy_id) WHERE pinned = 1 AND copy_id IS NOT NULL;
CREATE INDEX idx_models_wanting ON models (wants_copy_id) WHERE wants_copy_id IS NOT NULL AND status <> 'completed';
