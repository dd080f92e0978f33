-- CreateEnum
CREATE TYPE "SyncRunKind" AS ENUM ('BACKFILL', 'RESYNC', 'RECONCILE');

-- CreateEnum
CREATE TYPE "SyncRunState" AS ENUM ('QUEUED', 'RUNNING', 'AWAITING_APPROVAL', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "SyncRunPhase" AS ENUM ('GROUPS', 'USERS', 'MEMBERS', 'REMOVAL');

-- AlterTable
ALTER TABLE "directory" ADD COLUMN     "guard_minimum" INTEGER,
ADD COLUMN     "guard_percent" INTEGER,
ADD COLUMN     "state_reason" TEXT;

-- AlterTable
ALTER TABLE "directory_group" ADD COLUMN     "members_run_id" TEXT COLLATE "C";

-- CreateTable
CREATE TABLE "catch_up" (
    "id" INTEGER NOT NULL,
    "cursor" TEXT COLLATE "C",
    "begun_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "failed_at" TIMESTAMPTZ(3),

    CONSTRAINT "catch_up_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_run" (
    "id" TEXT COLLATE "C" NOT NULL,
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "kind" "SyncRunKind" NOT NULL,
    "state" "SyncRunState" NOT NULL,
    "dry_run" BOOLEAN NOT NULL,
    "phase" "SyncRunPhase" NOT NULL DEFAULT 'GROUPS',
    "cursor" TEXT COLLATE "C",
    "group_id" TEXT COLLATE "C",
    "snapshot_at" TIMESTAMPTZ(3),
    "expected" INTEGER,
    "users_seen" INTEGER NOT NULL DEFAULT 0,
    "groups_seen" INTEGER NOT NULL DEFAULT 0,
    "memberships_seen" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "removed" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "held" INTEGER NOT NULL DEFAULT 0,
    "requested_by" TEXT,
    "approved_by" TEXT,
    "error" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "restarts" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sync_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_run_deferral" (
    "run_id" TEXT COLLATE "C" NOT NULL,
    "user_id" TEXT COLLATE "C" NOT NULL,
    "body" JSONB NOT NULL,

    CONSTRAINT "sync_run_deferral_pkey" PRIMARY KEY ("run_id","user_id")
);

-- CreateIndex
CREATE INDEX "sync_run_directory_id_id_idx" ON "sync_run"("directory_id", "id");

-- CreateIndex
CREATE INDEX "sync_run_unfinished_idx" ON "sync_run"("created_at") WHERE (finished_at is null);

-- CreateIndex
CREATE UNIQUE INDEX "sync_run_one_per_directory" ON "sync_run"("directory_id") WHERE (finished_at is null);

-- AddForeignKey
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_directory_id_fkey" FOREIGN KEY ("directory_id") REFERENCES "directory"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_run_deferral" ADD CONSTRAINT "sync_run_deferral_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "sync_run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "inbox_event_failed_idx" ON "inbox_event"("directory_id") WHERE (status = 'FAILED');

-- Written by hand: the only row.
INSERT INTO "catch_up" ("id") VALUES (1);
