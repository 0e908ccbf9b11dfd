-- How many were added in a group lately is asked before each one.
CREATE INDEX idx_add_requests_chat ON add_requests (chat_id);
