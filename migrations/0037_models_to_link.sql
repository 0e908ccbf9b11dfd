-- Models that have just come: their chats may want to see them in other programs, without asking each time.
-- It refers to no row: what is gone by then is passed over, and what is brought back is noted anew.
CREATE TABLE models_to_link (model_id INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER models_come AFTER UPDATE OF copy_id ON models
WHEN NEW.copy_id IS NOT NULL AND OLD.copy_id IS NULL
BEGIN
  INSERT OR IGNORE INTO models_to_link (model_id) VALUES (NEW.id);
END;
CREATE TRIGGER models_are_here AFTER INSERT ON models
WHEN NEW.copy_id IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO models_to_link (model_id) VALUES (NEW.id);
END;
