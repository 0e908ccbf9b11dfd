-- The language of a person's Telegram (IETF tag), as it says with what they write. Nothing is said in it yet.
ALTER TABLE users ADD COLUMN language_code TEXT
  CONSTRAINT language_code_is_a_tag CHECK (length(language_code) BETWEEN 1 AND 35);
