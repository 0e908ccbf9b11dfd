-- Added for later: it waits for a person's word, whatever schedules there are.
ALTER TABLE models ADD COLUMN on_demand INTEGER NOT NULL DEFAULT 0 CHECK (on_demand IN (0, 1));
