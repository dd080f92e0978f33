-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "asked_at" TIMESTAMPTZ(3);
