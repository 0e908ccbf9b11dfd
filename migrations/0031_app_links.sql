-- A model that a program beside hubgram shall see, because people of its chat said so.
CREATE TABLE model_apps (
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  -- As the configuration calls it.
  app TEXT NOT NULL CONSTRAINT app_has_a_length CHECK (length(app) BETWEEN 1 AND 20),
  -- What a person has said that its files are, where the repository does not.
  said TEXT,
  state TEXT NOT NULL DEFAULT 'waiting'
    CONSTRAINT state_is_known CHECK (state IN ('waiting', 'linked', 'refused', 'lost')),
  -- What the app lists it as.
  shown_as TEXT,
  -- Why it is not linked, or not any more: a sentence.
  message TEXT,
  PRIMARY KEY (model_id, app)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_model_apps_waiting ON model_apps (model_id, app) WHERE state = 'waiting';

-- Names in the folders of those programs that hubgram has made, or is about to make. Several models may share one.
CREATE TABLE app_links (
  app TEXT NOT NULL,
  -- Absolute, and what lies below it.
  folder TEXT NOT NULL,
  path TEXT NOT NULL,
  -- The folders on the way that are the app's own.
  kept TEXT NOT NULL,
  -- Neither refers to its row: a link outlives both until it is off the disk.
  model_id INTEGER NOT NULL,
  copy_id INTEGER NOT NULL,
  repo_folder TEXT NOT NULL,
  etag TEXT NOT NULL,
  -- How it was made, and what tells it from whatever else may come to lie there; null until it is made.
  way TEXT CONSTRAINT way_is_known CHECK (way IN ('hard', 'symbolic')),
  proof TEXT,
  -- `going`: it is to be taken away; `stuck`: that could not be done.
  state TEXT NOT NULL DEFAULT 'making'
    CONSTRAINT state_is_known CHECK (state IN ('making', 'linked', 'missing', 'foreign', 'going', 'stuck')),
  PRIMARY KEY (model_id, app, folder, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_app_links_place ON app_links (folder, path);
CREATE INDEX idx_app_links_going ON app_links (model_id) WHERE state = 'going';

-- Another copy, other links: what is verified takes the place of what was.
CREATE TRIGGER models_link_anew AFTER UPDATE OF copy_id ON models
WHEN NEW.copy_id IS NOT OLD.copy_id AND NEW.copy_id IS NOT NULL
BEGIN
  UPDATE model_apps SET state = 'waiting', message = NULL WHERE model_id = NEW.id;
END;

-- Cards tell of it.
CREATE TRIGGER model_apps_added AFTER INSERT ON model_apps
BEGIN
  UPDATE cards SET final = 0 WHERE model_id = NEW.model_id AND final = 1;
END;
CREATE TRIGGER model_apps_changed AFTER UPDATE ON model_apps
BEGIN
  UPDATE cards SET final = 0 WHERE model_id = NEW.model_id AND final = 1;
END;
-- With the model, or by the word of a person: its links go too.
CREATE TRIGGER model_apps_removed AFTER DELETE ON model_apps
BEGIN
  UPDATE app_links SET state = 'going' WHERE model_id = OLD.model_id AND app = OLD.app;
  UPDATE cards SET final = 0 WHERE model_id = OLD.model_id AND final = 1;
END;
