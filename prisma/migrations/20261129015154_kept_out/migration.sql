-- AlterTable
ALTER TABLE "account" ADD COLUMN     "kept_out" BOOLEAN NOT NULL DEFAULT false;

-- What retention has disabled until now was told by its name
UPDATE "account" SET "kept_out" = true WHERE "disabled_by" = 'retention';
