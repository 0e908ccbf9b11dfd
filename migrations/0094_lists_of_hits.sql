-- A list of hits says which of them the library has, and offers the others: the newest of a chat is drawn again when one of them
-- comes or goes.
CREATE TRIGGER models_redraw_hits AFTER INSERT ON models WHEN NEW.repo_type = 'model'
BEGIN
  UPDATE searches SET settled = 0, updated_at = NEW.updated_at
  WHERE id = (SELECT max(id) FROM searches WHERE chat_id = NEW.chat_id) AND state IN ('sizing', 'shown')
    AND EXISTS (SELECT 1 FROM json_each(hits) WHERE json_extract(value, '$.id') = NEW.name COLLATE NOCASE);
END;
CREATE TRIGGER models_redraw_hits_gone AFTER DELETE ON models WHEN OLD.repo_type = 'model'
BEGIN
  UPDATE searches SET settled = 0, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ')
  WHERE id = (SELECT max(id) FROM searches WHERE chat_id = OLD.chat_id) AND state IN ('sizing', 'shown')
    AND EXISTS (SELECT 1 FROM json_each(hits) WHERE json_extract(value, '$.id') = OLD.name COLLATE NOCASE);
END;
