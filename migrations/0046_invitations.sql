-- Links that let people or groups in. Of the code in a link only its hash is here.
CREATE TABLE invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code_hash TEXT NOT NULL UNIQUE CONSTRAINT code_hash_is_sha256 CHECK (length(code_hash) = 64),
  -- owner: the link that was printed on the machine.
  role TEXT NOT NULL CONSTRAINT role_is_known CHECK (role IN ('owner', 'member', 'viewer')),
  is_for_group INTEGER NOT NULL DEFAULT 0 CHECK (is_for_group IN (0, 1)),
  -- How many it lets in.
  uses INTEGER NOT NULL CONSTRAINT uses_is_1_to_100 CHECK (uses BETWEEN 1 AND 100),
  -- The owner who made it; NULL: the machine.
  made_by INTEGER,
  made_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  revoked_at TEXT,
  CONSTRAINT owners_come_alone CHECK (role <> 'owner' OR (uses = 1 AND is_for_group = 0 AND made_by IS NULL))
) STRICT;
CREATE INDEX idx_invitations_ends ON invitations (ends_at);

-- Whom an invitation has let in: people, and groups (ids below zero).
CREATE TABLE invitation_uses (
  invitation_id INTEGER NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
  joiner_id INTEGER NOT NULL,
  used_at TEXT NOT NULL,
  PRIMARY KEY (invitation_id, joiner_id)
) STRICT, WITHOUT ROWID;

-- Who gave a person or a group (ids below zero) what they may do now, and when.
CREATE TABLE role_grants (
  holder_id INTEGER PRIMARY KEY,
  -- NULL: nobody did, the configuration or a link that was printed on the machine.
  by_id INTEGER,
  granted_at TEXT NOT NULL,
  invitation_id INTEGER REFERENCES invitations (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX idx_role_grants_invitation ON role_grants (invitation_id) WHERE invitation_id IS NOT NULL;

INSERT INTO role_grants (holder_id, by_id, granted_at)
  SELECT holder, by_id, max(at) FROM (
    SELECT metadata ->> '$.id' AS holder, user_id AS by_id, created_at AS at FROM activity_log
      WHERE action IN ('access_approved', 'access_denied')
    UNION ALL
    SELECT user_id, NULL, created_at FROM activity_log WHERE action = 'owner_claimed')
  WHERE typeof(holder) = 'integer' GROUP BY holder;

-- What an owner has been told lately of those who came in.
CREATE INDEX idx_outbox_came_in ON outbox (chat_id, sent_at) WHERE kind = 'came_in';
