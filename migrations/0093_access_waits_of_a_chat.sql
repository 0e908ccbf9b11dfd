-- What waits for access in one chat, for /queue: however many wait in others, and however much a chat has asked for.
CREATE INDEX idx_add_requests_access_of ON add_requests (chat_id, id) WHERE not_before IS NOT NULL;
