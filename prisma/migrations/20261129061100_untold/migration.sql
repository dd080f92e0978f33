-- AlterTable
ALTER TABLE "change_clock" ADD COLUMN     "untold" BIGINT NOT NULL DEFAULT 0;
