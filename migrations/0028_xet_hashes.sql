-- What the Hub's storage by chunks calls the content of a large file: a later version of the file can be compared by it.
ALTER TABLE copy_files ADD COLUMN xet_hash TEXT
  CONSTRAINT xet_hash_is_64_hex CHECK (length(xet_hash) = 64 AND xet_hash NOT GLOB '*[^0-9a-f]*');
