-- What somebody wants to have taken over of what lies in the cache: which commits that are is found out on the disk, and then listed.
ALTER TABLE verifications ADD COLUMN wish TEXT CONSTRAINT wish_is_json CHECK (json_valid(wish));
ALTER TABLE verifications ADD COLUMN listed INTEGER NOT NULL DEFAULT 1 CONSTRAINT listed_is_a_flag CHECK (listed IN (0, 1));
CREATE INDEX idx_verifications_unlisted ON verifications (chat_id, id) WHERE listed = 0;
