-- What its check finds is still to be told in the chat of a model, if it is bad news. Of one that nobody has asked for with `/check`, nobody looks at the card.
ALTER TABLE models ADD COLUMN init_untold INTEGER NOT NULL DEFAULT 0
  CONSTRAINT init_untold_is_a_flag CHECK (init_untold IN (0, 1));
CREATE INDEX idx_models_init_untold ON models (id) WHERE init_untold = 1;

DROP TRIGGER models_come_to_be_checked;
CREATE TRIGGER models_come_to_be_checked AFTER UPDATE OF copy_id ON models
WHEN NEW.init = 1 AND NEW.repo_type = 'model' AND NEW.copy_id IS NOT NULL AND NEW.copy_id IS NOT OLD.copy_id
BEGIN
  INSERT OR IGNORE INTO copy_checks (copy_id, asked_at) VALUES (NEW.copy_id, NEW.updated_at);
  UPDATE models SET init_untold = 1 WHERE id = NEW.id;
END;
