-- What waits is told from this index, in an order, by what comes and by reasons: it lies scattered among a million rows.
CREATE INDEX idx_models_order ON models (
    enabled, host_id, source, queued_at, chat_id, size_bytes, wants_copy_id, not_before, priority, status_reason,
    scheduled, on_demand, run_now, (metadata ->> '$.presentBytes'))
  WHERE status = 'pending';
