-- A place is one of downloads on a machine. What an address is without its keys is called so, and the machine that a model is to come
-- onto, as it stands in an open question, is its target there as everywhere.
ALTER TABLE copies RENAME COLUMN source_place TO keyless_url;
DROP INDEX idx_copies_source_place;
CREATE INDEX idx_copies_keyless_url ON copies (keyless_url) WHERE keyless_url IS NOT NULL;
UPDATE add_requests SET choices = json_set(json_remove(choices, '$.place'), '$.target', choices -> '$.place')
  WHERE choices ->> '$.place' IS NOT NULL;
