-- That Redis does not answer, or takes nothing new, is a trouble of its own: of the machines that are reached by it nobody knows anything.
CREATE TABLE troubles_now (
  cause TEXT PRIMARY KEY
    CONSTRAINT cause_is_known CHECK (cause IN ('stalled', 'disk', 'webhook', 'redis') OR cause GLOB 'host-[0-9]*'),
  lasted_ms INTEGER NOT NULL CONSTRAINT lasted_ms_is_not_negative CHECK (lasted_ms >= 0),
  well_ms INTEGER NOT NULL CONSTRAINT well_ms_is_not_negative CHECK (well_ms >= 0),
  told_at TEXT CONSTRAINT told_at_is_a_time CHECK (told_at LIKE '____-__-__T__:__:__.___Z')
) STRICT;
INSERT INTO troubles_now SELECT cause, lasted_ms, well_ms, told_at FROM troubles;
DROP TABLE troubles;
ALTER TABLE troubles_now RENAME TO troubles;
