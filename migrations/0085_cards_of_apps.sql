-- What a card tells of other programs is no row of its model's: where much waits, it is to be looked at as soon as that changes, too.
DROP TRIGGER model_apps_added;
CREATE TRIGGER model_apps_added AFTER INSERT ON model_apps
BEGIN
  UPDATE cards SET final = 0, up_to_date = 0 WHERE model_id = NEW.model_id AND (final = 1 OR up_to_date = 1);
END;
DROP TRIGGER model_apps_changed;
CREATE TRIGGER model_apps_changed AFTER UPDATE ON model_apps
BEGIN
  UPDATE cards SET final = 0, up_to_date = 0 WHERE model_id = NEW.model_id AND (final = 1 OR up_to_date = 1);
END;
DROP TRIGGER model_apps_removed;
CREATE TRIGGER model_apps_removed AFTER DELETE ON model_apps
BEGIN
  UPDATE app_links SET state = 'going' WHERE model_id = OLD.model_id AND app = OLD.app;
  UPDATE cards SET final = 0, up_to_date = 0 WHERE model_id = OLD.model_id AND (final = 1 OR up_to_date = 1);
END;
