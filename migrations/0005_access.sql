-- Who asked to be let in and has no answer yet: a person, or a group (ids below zero).
CREATE TABLE access_requests (
  asker_id INTEGER PRIMARY KEY,
  asked_at TEXT NOT NULL
) STRICT;

INSERT INTO access_requests (asker_id, asked_at)
  SELECT chat_id, min(created_at) FROM activity_log
  WHERE action = 'access_asked' AND (
    chat_id IN (SELECT user_id FROM users WHERE role = 'pending')
    OR chat_id IN (SELECT chat_id FROM chat_sessions WHERE chat_id < 0 AND access = 'pending'))
  GROUP BY chat_id;

-- What an owner has been asked in the last day.
CREATE INDEX idx_outbox_asked ON outbox (chat_id, sent_at) WHERE kind = 'access_request';

-- A role from the configuration goes when it is taken out there. Until now that or the one-time link made owners.
ALTER TABLE users ADD COLUMN role_source TEXT
  CONSTRAINT role_source_is_known CHECK (role_source IN ('configuration'));

UPDATE users SET role_source = 'configuration'
  WHERE role = 'owner' AND user_id NOT IN (SELECT user_id FROM activity_log WHERE action = 'owner_claimed');
