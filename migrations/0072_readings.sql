-- READMEs of repositories that somebody reads and nobody has added: what a button under such a page means. Of each chat the newest fifty.
CREATE TABLE readings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  -- Who asked: with whose token it is read where the machine is not let in.
  user_id INTEGER NOT NULL,
  -- Of the update that asked for it: however often that is handled, it is one.
  update_id INTEGER UNIQUE,
  repo_type TEXT NOT NULL CONSTRAINT repo_type_is_known CHECK (repo_type IN ('model', 'dataset')),
  name TEXT NOT NULL,
  -- A branch, a tag or a commit; null: the usual branch.
  revision TEXT,
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z')
) STRICT;
CREATE INDEX idx_readings_chat ON readings (chat_id, id);
