-- What a library is looked through by: titles that people give, tags of their own, and lists with their filters.

ALTER TABLE models ADD COLUMN title TEXT CONSTRAINT title_has_a_length CHECK (length(title) BETWEEN 1 AND 120);

-- In the order in which somebody wrote them. A comma parts tags wherever they are written.
CREATE TABLE model_tags (
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  tag TEXT NOT NULL COLLATE NOCASE CONSTRAINT tag_has_a_length CHECK (length(tag) BETWEEN 1 AND 64),
  position INTEGER NOT NULL,
  PRIMARY KEY (model_id, tag),
  CONSTRAINT tag_has_no_comma CHECK (instr(tag, ',') = 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_model_tags_tag ON model_tags (tag, model_id);

-- What a list was filtered by: its buttons have room for a number only, and work after a restart.
CREATE TABLE library_views (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  filter TEXT NOT NULL CONSTRAINT filter_is_an_object
    CHECK (CASE WHEN json_valid(filter) THEN json_type(filter) = 'object' ELSE 0 END),
  UNIQUE (chat_id, filter)
) STRICT;

-- One for each order that a list can have; the sizes are summed by the same one that sorts by them.
CREATE INDEX idx_models_newest ON models (chat_id);
CREATE INDEX idx_models_by_name ON models (chat_id, coalesce(title, name) COLLATE NOCASE);
CREATE INDEX idx_models_by_size ON models (chat_id, size_bytes, id, status);
CREATE INDEX idx_models_by_change ON models (chat_id, updated_at);
CREATE INDEX idx_models_in_category ON models (chat_id, category, size_bytes, status);
