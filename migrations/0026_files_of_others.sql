-- A file of a copy that lay in its snapshot before hubgram came: it stays when what hubgram has made is removed.
ALTER TABLE copy_files ADD COLUMN made_by_other INTEGER NOT NULL DEFAULT 0
  CONSTRAINT made_by_other_is_a_flag CHECK (made_by_other IN (0, 1));
