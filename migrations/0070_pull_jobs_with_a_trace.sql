-- What a job with `init` has failed of, where its model could not be loaded, has a trace as well.
DROP VIEW pull_job_states;
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
      WHEN checks.state = 'done' THEN iif(checks.result ->> '$.whole.faultCount' > 0 OR checks.result ->> '$.whole.importCount' > 0
        OR checks.result ->> '$.loads.kind' IS 'failed', 'failed', 'succeeded')
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
      WHEN checks.result ->> '$.whole.importCount' > 0 THEN 'Loading it would run what weights have no need of: ' || (checks.result ->> '$.whole.imports[0].path')
        || coalesce(' imports ' || nullif(checks.result ->> '$.whole.imports[0].names[0]', ''), '') || '.'
      ELSE 'It cannot be loaded: ' || (checks.result ->> '$.loads.path') || ' ' || (checks.result ->> '$.loads.reason')
    END AS cause,
    CASE
      WHEN jobs.cancelled THEN NULL
      WHEN requests.state = 'failed' THEN requests.choices ->> '$.stack'
      WHEN models.status = 'failed' THEN sessions.error_stack
      WHEN jobs.init = 1 AND models.status = 'completed' AND checks.state = 'done' THEN checks.result ->> '$.loads.trace'
    END AS traceback
  FROM pull_jobs AS jobs
    LEFT JOIN add_requests AS requests
      ON requests.chat_id = 0 AND requests.message_id = jobs.number AND requests.part = 0
    LEFT JOIN models ON models.id = coalesce(requests.model_id, jobs.model_id)
    LEFT JOIN download_sessions AS sessions ON sessions.id = (
      SELECT newest.id FROM download_sessions AS newest WHERE newest.model_id = models.id ORDER BY newest.id DESC LIMIT 1)
    LEFT JOIN copy_checks AS checks ON checks.copy_id = models.copy_id
) AS it;
