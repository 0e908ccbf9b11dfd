-- Talks with models: who talks to which one, and whose turn it is. What was said in a talk is nowhere but in the memory of the process that holds the model.
CREATE TABLE talks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  thread_id INTEGER,
  model_id INTEGER NOT NULL,
  -- There is memory for one model: the others wait, in the order in which they were begun.
  state TEXT NOT NULL DEFAULT 'waiting' CONSTRAINT state_is_known CHECK (state IN ('waiting', 'open')),
  -- How many answers were given in it.
  answers INTEGER NOT NULL DEFAULT 0 CONSTRAINT answers_are_not_negative CHECK (answers >= 0),
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z'),
  CONSTRAINT one_talk_of_a_person UNIQUE (chat_id, user_id)
) STRICT;
CREATE UNIQUE INDEX one_talk_is_open ON talks (state) WHERE state = 'open';

-- What a model is asked, until Telegram has what comes of it. It outlives its talk: the last answer is sent also when the talk is over.
CREATE TABLE talk_turns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  talk_id INTEGER NOT NULL,
  chat_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  thread_id INTEGER,
  -- The message that asked, in groups.
  reply_to INTEGER,
  model_id INTEGER NOT NULL,
  -- Of the update that asked: however often that is handled, it is asked once.
  update_id INTEGER CONSTRAINT one_turn_of_an_update UNIQUE,
  -- Without it the model is only made ready.
  asked TEXT,
  -- Its answer is being worked on, or was when the program ended.
  begun INTEGER NOT NULL DEFAULT 0 CONSTRAINT begun_is_a_flag CHECK (begun IN (0, 1)),
  -- What came of it (domain/talks/outcome.ts), as long as that is still to be said.
  outcome TEXT CONSTRAINT outcome_is_json CHECK (outcome IS NULL OR json_valid(outcome)),
  -- The message that shows it growing.
  message_id INTEGER,
  -- How often what came of it did not get through.
  attempts INTEGER NOT NULL DEFAULT 0 CONSTRAINT attempts_are_not_negative CHECK (attempts >= 0),
  not_before TEXT CONSTRAINT not_before_is_a_time CHECK (not_before LIKE '____-__-__T__:__:__.___Z'),
  created_at TEXT NOT NULL CONSTRAINT created_at_is_a_time CHECK (created_at LIKE '____-__-__T__:__:__.___Z')
) STRICT;
CREATE INDEX idx_talk_turns_talk ON talk_turns (talk_id, id);
