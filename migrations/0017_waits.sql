-- When the next wait of a model is over is asked after each change: of all that is pending few wait for a time.
CREATE INDEX idx_models_not_before ON models (status, not_before) WHERE status = 'pending' AND not_before IS NOT NULL;
