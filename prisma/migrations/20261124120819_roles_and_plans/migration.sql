-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_GRANT_ADDED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_GRANT_REMOVED';

-- DropIndex
DROP INDEX "role_global_slug_key";

-- DropIndex
DROP INDEX "role_slug_organization_id_key";

-- AlterTable
ALTER TABLE "account_due" ADD COLUMN     "queued_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp();

-- AlterTable
ALTER TABLE "role" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "role_mapping_plan" (
    "id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "changes" JSONB NOT NULL,
    "findings" JSONB NOT NULL,
    "hash" TEXT NOT NULL,
    "accounts" INTEGER NOT NULL,
    "granted" INTEGER NOT NULL,
    "revoked" INTEGER NOT NULL,
    "unchanged" INTEGER NOT NULL,
    "created_by" TEXT COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "applied_at" TIMESTAMPTZ(3),

    CONSTRAINT "role_mapping_plan_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_mapping_plan_difference" (
    "plan_id" TEXT COLLATE "C" NOT NULL,
    "account_id" TEXT COLLATE "C" NOT NULL,
    "granted" TEXT[] COLLATE "C",
    "revoked" TEXT[] COLLATE "C",
    "loses_last" BOOLEAN NOT NULL,
    "last_holder_of" TEXT[] COLLATE "C" DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "role_mapping_plan_difference_pkey" PRIMARY KEY ("plan_id","account_id")
);

-- CreateIndex
CREATE INDEX "role_mapping_plan_created_by_id_idx" ON "role_mapping_plan"("created_by", "id");

-- CreateIndex
CREATE INDEX "role_mapping_plan_expires_at_idx" ON "role_mapping_plan"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "role_slug_key" ON "role"("slug", "organization_id") WHERE (deleted_at is null);

-- CreateIndex
CREATE UNIQUE INDEX "role_global_slug_key" ON "role"("slug") WHERE (organization_id is null and deleted_at is null);

-- CreateIndex
CREATE INDEX "role_grant_of_organization_idx" ON "role_grant"("organization_id", "role_id", "account_id") WHERE (visible);

-- AddForeignKey
ALTER TABLE "role_mapping_plan_difference" ADD CONSTRAINT "role_mapping_plan_difference_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "role_mapping_plan"("id") ON DELETE CASCADE ON UPDATE CASCADE;
