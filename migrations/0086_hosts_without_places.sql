-- How many downloads run at once on each machine is one setting for all of them: nobody could ever set this.
ALTER TABLE hosts DROP COLUMN places;
