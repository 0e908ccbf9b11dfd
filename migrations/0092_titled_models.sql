-- Few models have a title, and words that may mean one are compared with all titles of a library: found without looking at its other rows.
CREATE INDEX idx_models_titled ON models (chat_id) WHERE title IS NOT NULL;
