-- A card that waits shows its model's row as it is until that changes; what no row tells may have changed all the while. Those that do not
-- show it are found among any number of others. What rests is none of either.
ALTER TABLE cards ADD COLUMN up_to_date INTEGER NOT NULL DEFAULT 0
  CONSTRAINT up_to_date_is_a_flag CHECK (up_to_date IN (0, 1));
CREATE INDEX idx_cards_news ON cards (chat_id, model_id) WHERE final = 0 AND up_to_date = 0;

DROP TRIGGER models_redraw;
CREATE TRIGGER models_redraw AFTER UPDATE ON models
WHEN NEW.chat_id = OLD.chat_id
BEGIN
  UPDATE cards SET final = 0, up_to_date = 0 WHERE model_id = NEW.id AND (final = 1 OR up_to_date = 1);
END;
