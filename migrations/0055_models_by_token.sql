-- Whose token its look-up took; NULL: that of the machine, or none. It is fetched with the same.
ALTER TABLE models ADD COLUMN token_of INTEGER;
CREATE INDEX idx_models_token ON models (token_of) WHERE token_of IS NOT NULL;
