-- A card offers the other machines that its model could lie on besides: where the same comes to its library, or goes, it is drawn anew.
-- Where there is one machine, nothing of this is looked for.
CREATE TRIGGER models_redraw_the_same AFTER INSERT ON models
WHEN EXISTS (SELECT 1 FROM hosts WHERE id > 1)
BEGIN
  UPDATE cards SET final = 0, up_to_date = 0 WHERE final = 1 AND model_id IN (
    SELECT id FROM models WHERE name = NEW.name AND chat_id = NEW.chat_id AND id <> NEW.id AND status = 'completed');
END;
CREATE TRIGGER models_redraw_the_same_gone AFTER DELETE ON models
WHEN EXISTS (SELECT 1 FROM hosts WHERE id > 1)
BEGIN
  UPDATE cards SET final = 0, up_to_date = 0 WHERE final = 1 AND model_id IN (
    SELECT id FROM models WHERE name = OLD.name AND chat_id = OLD.chat_id AND status = 'completed');
END;
CREATE TRIGGER models_redraw_the_same_moved AFTER UPDATE OF host_id ON models
WHEN NEW.host_id <> OLD.host_id
BEGIN
  UPDATE cards SET final = 0, up_to_date = 0 WHERE final = 1 AND model_id IN (
    SELECT id FROM models WHERE name = NEW.name AND chat_id = NEW.chat_id AND id <> NEW.id AND status = 'completed');
END;
