-- What an inference server on this machine has asked for over HTTP. Each is a row of its own that outlives what it was about; how far it
-- is, triggers take over from the rows that it is made of: its request, then the model in the library of chat 0, which is nobody's
-- chat in Telegram (its ids are above zero for people and below for groups).
CREATE TABLE pull_jobs (
  -- Also the number of the message that its request stands for.
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
  -- As it was asked for.
  model TEXT NOT NULL CONSTRAINT model_has_a_length CHECK (length(model) BETWEEN 1 AND 256),
  quantize TEXT,
  init INTEGER CHECK (init IN (0, 1)),
  status TEXT NOT NULL DEFAULT 'queued'
    CONSTRAINT status_is_known CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  started_at TEXT CONSTRAINT started_at_is_a_time CHECK (started_at LIKE '____-__-__T__:__:__.___Z'),
  finished_at TEXT CONSTRAINT finished_at_is_a_time CHECK (finished_at LIKE '____-__-__T__:__:__.___Z'),
  error TEXT,
  traceback TEXT,
  size_bytes INTEGER CONSTRAINT size_bytes_is_not_negative CHECK (size_bytes >= 0),
  downloaded_bytes INTEGER NOT NULL DEFAULT 0
    CONSTRAINT downloaded_bytes_is_not_negative CHECK (downloaded_bytes >= 0),
  -- What it came to of its repository, as in models.
  selection TEXT,
  api_call_count INTEGER NOT NULL DEFAULT 0 CONSTRAINT api_call_count_is_not_negative CHECK (api_call_count >= 0),
  last_api_call TEXT CONSTRAINT last_api_call_is_a_time CHECK (last_api_call LIKE '____-__-__T__:__:__.___Z'),
  -- Kept when the model is removed: it may be brought back.
  model_id INTEGER,
  -- Who asked for it wants it no more.
  cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled IN (0, 1)),
  -- When something of it has last changed.
  changed_at TEXT NOT NULL CONSTRAINT changed_at_is_a_time CHECK (changed_at LIKE '____-__-__T__:__:__.___Z'),
  CONSTRAINT only_ended_has_finished_at CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed'))),
  CONSTRAINT only_failed_has_an_error CHECK ((error IS NOT NULL) = (status = 'failed'))
) STRICT;
CREATE INDEX idx_pull_jobs_model ON pull_jobs (model_id) WHERE model_id IS NOT NULL;
CREATE INDEX idx_pull_jobs_status ON pull_jobs (status, number);

-- What stands now in the rows that a job is made of. A job with `init` is done when its copy was looked into.
CREATE VIEW pull_job_states AS
SELECT it.*,
  CASE it.status
    WHEN 'failed' THEN coalesce(it.cause, 'It failed, and nobody knows of what.')
  END AS error
FROM (
  SELECT jobs.number, models.id AS model_id, models.size_bytes, models.selection,
    CASE WHEN models.status = 'completed' THEN models.size_bytes ELSE sessions.bytes_downloaded END AS downloaded_bytes,
    CASE
      WHEN jobs.cancelled THEN 'failed'
      WHEN requests.state IN ('failed', 'cancelled') THEN 'failed'
      WHEN requests.state <> 'added' THEN 'queued'
      WHEN models.id IS NULL THEN 'failed'
      WHEN models.status = 'downloading' THEN 'running'
      WHEN models.status = 'failed' THEN 'failed'
      WHEN models.status = 'paused' AND sessions.status = 'cancelled' THEN 'failed'
      WHEN models.status <> 'completed' THEN 'queued'
      WHEN jobs.init IS NOT 1 OR models.repo_type <> 'model' THEN 'succeeded'
      WHEN checks.state = 'refused' THEN 'failed'
      WHEN checks.state = 'done' THEN iif(checks.result ->> '$.whole.faultCount' > 0 OR checks.result ->> '$.whole.importCount' > 0,
        'failed', 'succeeded')
      ELSE 'running'
    END AS status,
    CASE
      WHEN jobs.cancelled THEN 'The job was cancelled.'
      WHEN requests.state = 'failed' THEN requests.error_message
      WHEN requests.state = 'cancelled' THEN 'The job was cancelled.'
      WHEN models.id IS NULL THEN 'The model was removed from the library.'
      WHEN models.status = 'failed' THEN sessions.error_message
      WHEN models.status = 'paused' THEN 'The job was cancelled.'
      WHEN checks.state = 'refused' THEN checks.error_message
      WHEN checks.result ->> '$.whole.faultCount' > 0 THEN 'Its files are not whole: '
        || (checks.result ->> '$.whole.faults[0].path') || ' ' || (checks.result ->> '$.whole.faults[0].reason')
      ELSE 'Loading it would run what weights have no need of: ' || (checks.result ->> '$.whole.imports[0].path')
        || coalesce(' imports ' || nullif(checks.result ->> '$.whole.imports[0].names[0]', ''), '') || '.'
    END AS cause,
    CASE
      WHEN jobs.cancelled THEN NULL
      WHEN requests.state = 'failed' THEN requests.choices ->> '$.stack'
      WHEN models.status = 'failed' THEN sessions.error_stack
    END AS traceback
  FROM pull_jobs AS jobs
    LEFT JOIN add_requests AS requests
      ON requests.chat_id = 0 AND requests.message_id = jobs.number AND requests.part = 0
    LEFT JOIN models ON models.id = coalesce(requests.model_id, jobs.model_id)
    LEFT JOIN download_sessions AS sessions ON sessions.id = (
      SELECT newest.id FROM download_sessions AS newest WHERE newest.model_id = models.id ORDER BY newest.id DESC LIMIT 1)
    LEFT JOIN copy_checks AS checks ON checks.copy_id = models.copy_id
) AS it;

-- A job that has succeeded stays so, whatever becomes of its model later; one that has failed goes on when its model does.
CREATE TRIGGER pull_jobs_follow AFTER UPDATE OF changed_at, cancelled ON pull_jobs
WHEN OLD.status <> 'succeeded'
BEGIN
  UPDATE pull_jobs SET
    status = found.status,
    started_at = coalesce(pull_jobs.started_at, iif(found.status IN ('running', 'succeeded'), NEW.changed_at, NULL)),
    finished_at = iif(found.status IN ('succeeded', 'failed'), coalesce(pull_jobs.finished_at, NEW.changed_at), NULL),
    error = found.error,
    traceback = iif(found.status = 'failed', found.traceback, NULL),
    size_bytes = coalesce(found.size_bytes, pull_jobs.size_bytes),
    downloaded_bytes = coalesce(found.downloaded_bytes, pull_jobs.downloaded_bytes),
    selection = coalesce(found.selection, pull_jobs.selection),
    model_id = coalesce(found.model_id, pull_jobs.model_id)
  FROM (SELECT * FROM pull_job_states WHERE number = NEW.number) AS found
  WHERE pull_jobs.number = NEW.number;
END;

CREATE TRIGGER add_requests_lead_pull_jobs AFTER UPDATE OF state, model_id ON add_requests
WHEN NEW.chat_id = 0
BEGIN
  UPDATE pull_jobs SET
    started_at = iif(NEW.state = 'failed', coalesce(started_at, OLD.begun_at), started_at),
    model_id = coalesce(NEW.model_id, model_id), changed_at = NEW.updated_at
    WHERE number = NEW.message_id;
END;

CREATE TRIGGER models_lead_pull_jobs AFTER UPDATE ON models
WHEN NEW.chat_id = 0
BEGIN
  UPDATE pull_jobs SET changed_at = NEW.updated_at WHERE model_id = NEW.id AND status <> 'succeeded';
END;

CREATE TRIGGER models_that_come_back_lead_pull_jobs AFTER INSERT ON models
WHEN NEW.chat_id = 0
BEGIN
  UPDATE pull_jobs SET changed_at = NEW.updated_at WHERE model_id = NEW.id AND status <> 'succeeded';
END;

CREATE TRIGGER removed_models_end_pull_jobs AFTER DELETE ON models
WHEN OLD.chat_id = 0
BEGIN
  UPDATE pull_jobs SET changed_at = strftime('%Y-%m-%dT%H:%M:%fZ') WHERE model_id = OLD.id AND status <> 'succeeded';
END;

CREATE TRIGGER sessions_lead_pull_jobs AFTER UPDATE OF status ON download_sessions
WHEN NEW.chat_id = 0 AND NEW.completed_at IS NOT NULL
BEGIN
  UPDATE pull_jobs SET changed_at = NEW.completed_at WHERE model_id = NEW.model_id AND status <> 'succeeded';
END;

-- There is nobody in that chat who could read a card or a notice.
CREATE TRIGGER cards_need_a_chat BEFORE INSERT ON cards WHEN NEW.chat_id = 0
BEGIN
  SELECT RAISE(IGNORE);
END;
CREATE TRIGGER notices_need_a_chat BEFORE INSERT ON outbox WHEN NEW.chat_id = 0
BEGIN
  SELECT RAISE(IGNORE);
END;
