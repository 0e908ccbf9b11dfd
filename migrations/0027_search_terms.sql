-- The field's word: what somebody searches for are terms; a wish is what a model is to become.
ALTER TABLE searches RENAME COLUMN wish TO terms;
