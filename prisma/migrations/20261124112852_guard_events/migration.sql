-- CreateEnum
CREATE TYPE "Removal" AS ENUM ('USER', 'MEMBERSHIP', 'BOTH');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "ChangeKind" ADD VALUE 'CHANGES_HELD';
ALTER TYPE "ChangeKind" ADD VALUE 'HELD_CHANGES_APPROVED';
ALTER TYPE "ChangeKind" ADD VALUE 'HELD_CHANGES_REJECTED';

-- AlterTable
ALTER TABLE "directory" ADD COLUMN     "guard_since" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "inbox_event" ADD COLUMN     "approved_at" TIMESTAMPTZ(3),
ADD COLUMN     "group_id" TEXT COLLATE "C",
ADD COLUMN     "held_at" TIMESTAMPTZ(3),
ADD COLUMN     "held_for" "Removal",
ADD COLUMN     "edges_taken" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "removal" "Removal",
ADD COLUMN     "user_id" TEXT COLLATE "C",
ADD COLUMN     "users_taken" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "inbox_event_removal_idx" ON "inbox_event"("directory_id", "user_id") WHERE (status = 'PENDING' and removal is not null and approved_at is null);

-- CreateIndex
CREATE INDEX "inbox_event_taken_idx" ON "inbox_event"("directory_id", "applied_at") WHERE (users_taken > 0 or edges_taken > 0);

-- CreateIndex
CREATE INDEX "inbox_event_held_user_idx" ON "inbox_event"("directory_id", "user_id") WHERE (status = 'HELD');

-- CreateIndex
CREATE INDEX "inbox_event_held_group_idx" ON "inbox_event"("directory_id", "group_id") WHERE (status = 'HELD');
