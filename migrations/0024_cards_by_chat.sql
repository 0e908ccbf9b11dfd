-- Of each chat some of the cards that may not show what is true: however many there are, no look reads all of them.
CREATE INDEX idx_cards_draw_chat ON cards (chat_id, model_id) WHERE final = 0;
-- What runs again in a moment, as soon as the program has begun.
CREATE INDEX idx_models_coming_back ON models (id) WHERE status = 'pending' AND status_reason IN ('interrupted', 'shutdown');
