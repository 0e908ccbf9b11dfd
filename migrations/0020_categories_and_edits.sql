-- Automatic retries of one model; NULL: as for all.
ALTER TABLE models ADD COLUMN max_retries INTEGER CONSTRAINT max_retries_is_0_to_100 CHECK (max_retries BETWEEN 0 AND 100);

-- Categories that a chat has made have their names here too, once for all chats, since models name theirs: what they look like
-- is each chat's own.
ALTER TABLE categories ADD COLUMN own INTEGER NOT NULL DEFAULT 0 CONSTRAINT own_is_a_boolean CHECK (own IN (0, 1));
UPDATE categories SET icon = CASE name
  WHEN 'text' THEN '📝' WHEN 'image' THEN '🎨' WHEN 'audio' THEN '🔊' WHEN 'video' THEN '🎬' WHEN 'vision' THEN '👀'
  WHEN 'embeddings' THEN '🧭' WHEN 'multimodal' THEN '🧩' WHEN 'custom' THEN '📦' END
  WHERE icon IS NULL;

-- What a chat says of a category, and that it has it, where it is one of its own. NULL: as for all chats.
CREATE TABLE chat_categories (
  chat_id INTEGER NOT NULL,
  name TEXT NOT NULL REFERENCES categories (name),
  icon TEXT CONSTRAINT icon_is_short CHECK (length(icon) BETWEEN 1 AND 16),
  description TEXT CONSTRAINT description_has_a_length CHECK (length(description) BETWEEN 1 AND 200),
  display_order INTEGER,
  PRIMARY KEY (chat_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_chat_categories_name ON chat_categories (name);
