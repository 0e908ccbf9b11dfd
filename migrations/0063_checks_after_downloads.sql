-- Models that are looked into as soon as they are here, and each time another copy of them is.
ALTER TABLE models ADD COLUMN init INTEGER NOT NULL DEFAULT 0 CONSTRAINT init_is_a_flag CHECK (init IN (0, 1));
CREATE TRIGGER models_come_to_be_checked AFTER UPDATE OF copy_id ON models
WHEN NEW.init = 1 AND NEW.repo_type = 'model' AND NEW.copy_id IS NOT NULL AND NEW.copy_id IS NOT OLD.copy_id
BEGIN
  INSERT OR IGNORE INTO copy_checks (copy_id, asked_at) VALUES (NEW.copy_id, NEW.updated_at);
END;
