-- AlterTable
ALTER TABLE "inbox_event" ADD COLUMN     "released_at" TIMESTAMPTZ(3);

-- What somebody has approved of and nobody has applied yet
UPDATE "inbox_event" SET "released_at" = "approved_at" WHERE "status" = 'PENDING' AND "approved_at" IS NOT NULL;
