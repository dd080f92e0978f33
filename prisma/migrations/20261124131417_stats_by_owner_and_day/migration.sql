-- Days stand beside hours, and organizations beside directories: a row is of an owner and a span.
-- CreateEnum
CREATE TYPE "StatsSpan" AS ENUM ('HOUR', 'DAY');

-- AlterTable
ALTER TABLE "stats_hour" RENAME TO "stats";
ALTER TABLE "stats" RENAME COLUMN "directory_id" TO "owner";
ALTER TABLE "stats" RENAME COLUMN "hour" TO "at";
ALTER TABLE "stats" ADD COLUMN "span" "StatsSpan" NOT NULL DEFAULT 'HOUR';
ALTER TABLE "stats" ALTER COLUMN "span" DROP DEFAULT;
ALTER TABLE "stats" DROP CONSTRAINT "stats_hour_pkey", ADD CONSTRAINT "stats_pkey" PRIMARY KEY ("owner", "span", "at");

-- What was counted before is of the organizations that the directories are of now.
INSERT INTO "stats" ("owner", "span", "at", "users_created", "users_updated", "users_deactivated", "users_reactivated", "users_deleted", "groups_created", "groups_updated", "groups_deleted", "memberships_added", "memberships_removed", "events_received", "events_failed", "events_stale", "events_duplicate", "latency")
SELECT d."organization_id", 'HOUR', s."at", sum(s."users_created"), sum(s."users_updated"), sum(s."users_deactivated"), sum(s."users_reactivated"), sum(s."users_deleted"), sum(s."groups_created"), sum(s."groups_updated"), sum(s."groups_deleted"), sum(s."memberships_added"), sum(s."memberships_removed"), sum(s."events_received"), sum(s."events_failed"), sum(s."events_stale"), sum(s."events_duplicate"),
       coalesce((
         SELECT array_agg(b."count" ORDER BY b."n") FROM (
           SELECT u."n", sum(u."count")::int AS "count"
           FROM "directory" own
           JOIN "stats" part ON part."owner" = own."id" AND part."at" = s."at"
           CROSS JOIN LATERAL unnest(part."latency") WITH ORDINALITY AS u ("count", "n")
           WHERE own."organization_id" = d."organization_id"
           GROUP BY u."n"
         ) b
       ), '{}')
FROM "directory" d
JOIN "stats" s ON s."owner" = d."id"
WHERE d."organization_id" IS NOT NULL
GROUP BY d."organization_id", s."at";

INSERT INTO "stats" ("owner", "span", "at", "users_created", "users_updated", "users_deactivated", "users_reactivated", "users_deleted", "groups_created", "groups_updated", "groups_deleted", "memberships_added", "memberships_removed", "events_received", "events_failed", "events_stale", "events_duplicate", "latency")
SELECT s."owner", 'DAY', s."day", sum(s."users_created"), sum(s."users_updated"), sum(s."users_deactivated"), sum(s."users_reactivated"), sum(s."users_deleted"), sum(s."groups_created"), sum(s."groups_updated"), sum(s."groups_deleted"), sum(s."memberships_added"), sum(s."memberships_removed"), sum(s."events_received"), sum(s."events_failed"), sum(s."events_stale"), sum(s."events_duplicate"),
       coalesce((
         SELECT array_agg(b."count" ORDER BY b."n") FROM (
           SELECT u."n", sum(u."count")::int AS "count"
           FROM "stats" part
           CROSS JOIN LATERAL unnest(part."latency") WITH ORDINALITY AS u ("count", "n")
           WHERE part."owner" = s."owner" AND part."at" >= s."day"
             AND part."at" < s."day" + interval '24 hours'
           GROUP BY u."n"
         ) b
       ), '{}')
FROM (SELECT *, date_trunc('day', "at", 'UTC') AS "day" FROM "stats") s
GROUP BY s."owner", s."day";
