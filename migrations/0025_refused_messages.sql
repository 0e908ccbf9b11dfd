-- Messages of which nothing came but a refusal: what corrects one is read as if it had been written first.
CREATE TABLE refused_messages (
  chat_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  refused_at TEXT NOT NULL,
  PRIMARY KEY (chat_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_refused_messages_age ON refused_messages (refused_at);
