-- Names are folded to plain letters, as src/directory/fold.ts does from now on: what has been folded before must be found by the same
-- words. Addresses ("sort_email") stay as they are. What was cut off at a limit is not needed: no letter becomes shorter.
CREATE FUNCTION pg_temp.plain(folded text) RETURNS text LANGUAGE sql IMMUTABLE AS '
  SELECT replace(replace(replace(replace(translate(folded, ''øłđðıħŧŋĸƶ'', ''olddihtnqz''), ''æ'', ''ae''), ''œ'', ''oe''), ''þ'', ''th''), ''ß'', ''ss'')
';

-- Each table by itself, and without writers, who lock several of its rows in an order of their own: waiting for one another, either could
-- be ended. Readers go on. A migration is split at its semicolons, also inside of a block: there they stand as \073.
DO E'
BEGIN
  LOCK TABLE "directory_user" IN EXCLUSIVE MODE\073
  UPDATE "directory_user"
  SET "sort_name" = left(pg_temp.plain("sort_name"), 200), "search_text" = left(pg_temp.plain("search_text"), 1000)
  WHERE "sort_name" ~ ''[øłđðıħŧŋĸƶæœþß]'' OR "search_text" ~ ''[øłđðıħŧŋĸƶæœþß]''\073
END';

DO E'
BEGIN
  LOCK TABLE "account" IN EXCLUSIVE MODE\073
  UPDATE "account"
  SET "sort_name" = left(pg_temp.plain("sort_name"), 200), "search_text" = left(pg_temp.plain("search_text"), 1000)
  WHERE "sort_name" ~ ''[øłđðıħŧŋĸƶæœþß]'' OR "search_text" ~ ''[øłđðıħŧŋĸƶæœþß]''\073
END';

DO E'
BEGIN
  LOCK TABLE "directory_group" IN EXCLUSIVE MODE\073
  UPDATE "directory_group" SET "sort_name" = left(pg_temp.plain("sort_name"), 200)
  WHERE "sort_name" ~ ''[øłđðıħŧŋĸƶæœþß]''\073
END';

DROP FUNCTION pg_temp.plain(text);
