-- AlterTable
ALTER TABLE "catch_up" ADD COLUMN     "rest_until" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "directory_poll" ADD COLUMN     "rest_until" TIMESTAMPTZ(3);
