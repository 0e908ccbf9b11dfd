-- Whoever answers a document of the bot with /keep names it by its id.
CREATE INDEX idx_sent_files_id ON sent_files (bot_id, file_id);
