-- One message for a chat in which many downloads run at once, instead of many that are edited.
CREATE TABLE summaries (
  chat_id INTEGER PRIMARY KEY,
  thread_id INTEGER,
  -- NULL until it has been sent, and again when it is gone.
  message_id INTEGER,
  drawn TEXT
) STRICT;

-- Who besides the requester wants to be mentioned at the end of a download in a group.
CREATE TABLE followers (
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (model_id, user_id)
) STRICT, WITHOUT ROWID;
