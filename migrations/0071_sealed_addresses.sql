-- Keys in addresses stand in rows sealed. The key for that lies outside of the database: the program seals what is listed here when it
-- starts, and empties the list.
ALTER TABLE copies ADD COLUMN source_place TEXT;
UPDATE copies SET source_place = source_url WHERE source_url IS NOT NULL;
DROP INDEX idx_copies_source_url;
CREATE INDEX idx_copies_source_place ON copies (source_place) WHERE source_place IS NOT NULL;
CREATE TABLE addresses_to_seal (
  kind TEXT NOT NULL CONSTRAINT kind_is_known CHECK (kind IN ('copy', 'request', 'line')),
  id INTEGER NOT NULL,
  -- Of a line of an import, its place there.
  number INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO addresses_to_seal (kind, id) SELECT 'copy', id FROM copies WHERE source_url LIKE '%?%';
INSERT INTO addresses_to_seal (kind, id)
  SELECT 'request', id FROM add_requests
  WHERE CASE WHEN json_valid(options) THEN options ->> '$.url' LIKE '%?%' ELSE 0 END;
INSERT INTO addresses_to_seal (kind, id, number)
  SELECT 'line', import_id, number FROM import_lines
  WHERE CASE WHEN json_valid(entry) THEN entry ->> '$.sourceUrl' LIKE '%?%' ELSE 0 END;
