-- What was fetched again is another file on the disk, while its name in the cache stayed: a hard link still leads to the broken
-- one. Other commits of the repository may show the same blob.
CREATE TRIGGER copies_link_anew AFTER UPDATE OF state ON copies
WHEN NEW.state = 'complete' AND OLD.state <> 'complete' AND OLD.path IS NOT NULL
BEGIN
  UPDATE model_apps SET state = 'waiting', message = NULL WHERE model_id IN (
    SELECT id FROM models WHERE name = NEW.name AND repo_type = NEW.repo_type AND copy_id IS NOT NULL);
END;
