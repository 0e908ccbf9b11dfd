-- Blobs that were found to be what their names say, with what told their files then from any other, and from themselves
-- after a change: as long as that holds they are not read again.
CREATE TABLE verified_blobs (
  repo_folder TEXT NOT NULL,
  etag TEXT NOT NULL CONSTRAINT etag_is_a_hash CHECK (length(etag) IN (40, 64) AND etag NOT GLOB '*[^0-9a-f]*'),
  mark TEXT NOT NULL,
  PRIMARY KEY (repo_folder, etag)
) STRICT, WITHOUT ROWID;
