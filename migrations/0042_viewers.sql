-- People and groups that may look and change nothing. A CHECK cannot be changed, so the table is made anew.
CREATE TABLE users_anew (
  user_id INTEGER PRIMARY KEY,
  role TEXT NOT NULL DEFAULT 'pending'
    CONSTRAINT role_is_known CHECK (role IN ('owner', 'member', 'viewer', 'pending', 'denied')),
  first_name TEXT NOT NULL,
  username TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  role_source TEXT CONSTRAINT role_source_is_known CHECK (role_source IN ('configuration'))
) STRICT;
INSERT INTO users_anew (user_id, role, first_name, username, created_at, updated_at, role_source)
  SELECT user_id, role, first_name, username, created_at, updated_at, role_source FROM users;
DROP TABLE users;
ALTER TABLE users_anew RENAME TO users;
CREATE INDEX idx_users_role ON users (role);

-- What everybody in a group may do there, once it was let in.
ALTER TABLE chat_sessions ADD COLUMN role TEXT NOT NULL DEFAULT 'member'
  CONSTRAINT role_is_known CHECK (role IN ('member', 'viewer'));
