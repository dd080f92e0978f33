-- AlterTable
ALTER TABLE "inbox_event" ADD COLUMN     "counted_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "stats_hour" (
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "users_created" INTEGER NOT NULL DEFAULT 0,
    "users_updated" INTEGER NOT NULL DEFAULT 0,
    "users_deactivated" INTEGER NOT NULL DEFAULT 0,
    "users_reactivated" INTEGER NOT NULL DEFAULT 0,
    "users_deleted" INTEGER NOT NULL DEFAULT 0,
    "groups_created" INTEGER NOT NULL DEFAULT 0,
    "groups_updated" INTEGER NOT NULL DEFAULT 0,
    "groups_deleted" INTEGER NOT NULL DEFAULT 0,
    "memberships_added" INTEGER NOT NULL DEFAULT 0,
    "memberships_removed" INTEGER NOT NULL DEFAULT 0,
    "events_received" INTEGER NOT NULL DEFAULT 0,
    "events_failed" INTEGER NOT NULL DEFAULT 0,
    "events_stale" INTEGER NOT NULL DEFAULT 0,
    "events_duplicate" INTEGER NOT NULL DEFAULT 0,
    "latency" INTEGER[],

    CONSTRAINT "stats_hour_pkey" PRIMARY KEY ("directory_id","hour")
);
