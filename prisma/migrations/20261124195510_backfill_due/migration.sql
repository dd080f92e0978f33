-- AlterTable
ALTER TABLE "directory" ADD COLUMN     "backfill_due_since" TIMESTAMPTZ(3);
