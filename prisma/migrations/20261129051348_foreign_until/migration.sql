-- DropIndex
DROP INDEX "inbox_event_directory_id_received_at_id_idx";

-- AlterTable
ALTER TABLE "directory" ADD COLUMN     "foreign_noted_at" TIMESTAMPTZ(3),
ADD COLUMN     "foreign_until" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "inbox_event_directory_id_received_at_id_occurred_at_idx" ON "inbox_event"("directory_id", "received_at", "id", "occurred_at");

-- Directories that have moved until now: the log tells when something of them was last recorded for another organization. That is
-- by our own clock, which is never before WorkOS's
UPDATE "directory" d SET "foreign_until" = f."until" + interval '1 millisecond', "foreign_noted_at" = f."until"
FROM (
  SELECT d."id", max(c."recorded_at") AS "until" FROM "change" c JOIN "directory" d ON d."id" = c."directory_id"
  WHERE c."organization_id" IS NOT NULL AND c."organization_id" IS DISTINCT FROM d."organization_id"
  GROUP BY d."id"
) f
WHERE f."id" = d."id";
