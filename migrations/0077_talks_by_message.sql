-- What still grows in a message stays in its chat: whether a message is one of those is asked for each that may go.
CREATE INDEX idx_talk_turns_message ON talk_turns (chat_id, message_id);
