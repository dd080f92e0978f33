-- Of those who are updated, only whose recency is another one now: who is looked for by "on conflict" is locked, also where nothing is
-- written. What they were and what they are is compared as sets, which takes as long whatever it was planned for.
CREATE OR REPLACE FUNCTION "note_directory_user_change"() RETURNS trigger LANGUAGE plpgsql AS E'
BEGIN
  INSERT INTO "directory_user_recency" ("id", "directory_id", "organization_id", "state", "updated_at")
  SELECT * FROM (
    SELECT "id", "directory_id", "organization_id", "state", "updated_at" FROM "news"
    EXCEPT
    SELECT "id", "directory_id", "organization_id", "state", "updated_at" FROM "olds"
  ) AS "changed" ORDER BY "id"
  ON CONFLICT ("id") DO UPDATE SET
    "directory_id" = excluded."directory_id", "organization_id" = excluded."organization_id", "state" = excluded."state",
    "updated_at" = excluded."updated_at"\073
  RETURN NULL\073
END';

-- Replaced, and not dropped first: each statement of a migration is committed by itself, and whoever writes meanwhile would have none.
CREATE OR REPLACE TRIGGER "directory_user_updated" AFTER UPDATE ON "directory_user"
REFERENCING OLD TABLE AS "olds" NEW TABLE AS "news" FOR EACH STATEMENT EXECUTE FUNCTION "note_directory_user_change"();
