-- The name that a model shall have from now on, since its repository has it: looked up and linked as an update is.
ALTER TABLE renewals ADD COLUMN new_name TEXT CONSTRAINT new_name_has_a_length CHECK (length(new_name) BETWEEN 1 AND 256);
