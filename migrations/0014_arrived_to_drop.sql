-- Models that were cancelled, and whose bytes are not deleted yet.
CREATE TABLE arrived_to_drop (model_id INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE) STRICT;
