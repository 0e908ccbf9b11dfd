-- Limits are asked for at each request: how many of a person's look-ups are open, and when their newest requests came.
DROP INDEX idx_add_requests_person;
CREATE INDEX idx_add_requests_person ON add_requests (user_id);
CREATE INDEX idx_add_requests_open ON add_requests (user_id) WHERE state = 'looking_up';
