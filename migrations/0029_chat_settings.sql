-- What the people of a chat have set for it; what is not here is as usual. The keys and what they take are the program's
-- (src/domain/settings.ts), since a value that a later version does not take is no reason to refuse the database.
CREATE TABLE chat_settings (
  chat_id INTEGER NOT NULL,
  key TEXT NOT NULL CONSTRAINT key_has_a_length CHECK (length(key) BETWEEN 1 AND 64),
  value TEXT NOT NULL CONSTRAINT value_has_a_length CHECK (length(value) BETWEEN 1 AND 200),
  updated_at TEXT NOT NULL CONSTRAINT updated_at_is_a_time CHECK (updated_at LIKE '____-__-__T__:__:__.___Z'),
  PRIMARY KEY (chat_id, key)
) STRICT, WITHOUT ROWID;
