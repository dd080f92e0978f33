-- AlterTable
ALTER TABLE "change" ADD COLUMN     "purged_since" BIGINT;

-- Who was purged until now: what a return began from went with the former values, and is told by what came before it
WITH "purged" AS (
  SELECT "user_id", max("position") AS "position" FROM "change" WHERE "kind" = 'DIRECTORY_USER_PURGED' GROUP BY "user_id"
), "life" AS (
  SELECT c."position", c."user_id", c."group_id", c."kind",
         lag(c."kind") OVER (PARTITION BY c."user_id", c."group_id" ORDER BY c."position") AS "before"
  FROM "change" c JOIN "purged" p ON p."user_id" = c."user_id" AND c."position" < p."position"
  WHERE c."kind" IN ('DIRECTORY_USER_CREATED', 'DIRECTORY_USER_DEACTIVATED', 'DIRECTORY_USER_REACTIVATED', 'DIRECTORY_USER_DELETED',
                     'MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED')
), "stretch" AS (
  SELECT "position", max("position") FILTER (
           WHERE "kind" IN ('DIRECTORY_USER_CREATED', 'MEMBERSHIP_ADDED')
              OR ("kind" = 'DIRECTORY_USER_REACTIVATED' AND "before" = 'DIRECTORY_USER_DELETED')
         ) OVER (PARTITION BY "user_id", "group_id" ORDER BY "position") AS "since"
  FROM "life"
)
UPDATE "change" c SET "purged_since" = coalesce(s."since", 0) FROM "stretch" s
WHERE c."position" = s."position" AND c."kind" IN ('DIRECTORY_USER_DELETED', 'MEMBERSHIP_REMOVED')
  AND coalesce(c."detail" ->> 'was', '') <> 'UNSEEN';

-- CreateIndex
CREATE INDEX "change_purged_users_idx" ON "change"("directory_id", "position", "purged_since") WHERE (purged_since is not null and group_id is null);

-- CreateIndex
CREATE INDEX "change_purged_members_idx" ON "change"("group_id", "position", "purged_since") WHERE (purged_since is not null);
