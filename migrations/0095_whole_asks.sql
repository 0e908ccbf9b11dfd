-- Whether all that somebody asked to be updated is noted: a library is gone through in parts, and a kill may come between two.
ALTER TABLE renewal_asks ADD COLUMN whole INTEGER NOT NULL DEFAULT 1 CONSTRAINT whole_is_a_flag CHECK (whole IN (0, 1));
