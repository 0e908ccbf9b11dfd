-- What lies on a machine and is to be taken over; NULL: on that of the bot.
ALTER TABLE verification_items ADD COLUMN host_id INTEGER REFERENCES hosts (id);
