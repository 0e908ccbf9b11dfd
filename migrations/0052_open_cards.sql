-- Where cards are compact, somebody may have opened this one.
ALTER TABLE cards ADD COLUMN opened INTEGER NOT NULL DEFAULT 0 CHECK (opened IN (0, 1));
