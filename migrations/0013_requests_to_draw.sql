-- What is to be drawn is looked for by chat: the oldest few of each.
DROP INDEX idx_add_requests_draw;
CREATE INDEX idx_add_requests_draw ON add_requests (chat_id, id) WHERE settled = 0;
