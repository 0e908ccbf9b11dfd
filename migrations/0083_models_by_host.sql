-- How many models of which status are on a host is asked of all of them.
CREATE INDEX idx_models_host_status ON models (host_id, status);
