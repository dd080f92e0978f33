-- Written by hand: what Prisma's schema language cannot say. Ids and folded texts are compared by code point, as the
-- server does it too, whatever the database has as its own collation, and name search needs trigrams. No semicolon may stand in a comment or
-- a string of a migration: the adapter cuts the script at each.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateEnum
CREATE TYPE "DirectoryState" AS ENUM ('ACTIVE', 'VALIDATING', 'INVALID_CREDENTIALS', 'INACTIVE', 'DELETING');

-- CreateEnum
CREATE TYPE "DirectoryUserState" AS ENUM ('UNSEEN', 'ACTIVE', 'INACTIVE', 'DELETED');

-- CreateEnum
CREATE TYPE "DirectoryGroupState" AS ENUM ('UNSEEN', 'ACTIVE', 'DELETED');

-- CreateEnum
CREATE TYPE "EventStatus" AS ENUM ('PENDING', 'APPLIED', 'STALE', 'IGNORED', 'FAILED', 'HELD', 'DISCARDED');

-- CreateEnum
CREATE TYPE "ChangeSource" AS ENUM ('WEBHOOK', 'EVENTS_API', 'SYNC_RUN', 'MUTATION', 'RETENTION');

-- CreateEnum
CREATE TYPE "ChangeKind" AS ENUM ('DIRECTORY_ACTIVATED', 'DIRECTORY_UPDATED', 'DIRECTORY_DEACTIVATED', 'DIRECTORY_DELETED', 'DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED', 'DIRECTORY_USER_DEACTIVATED', 'DIRECTORY_USER_REACTIVATED', 'DIRECTORY_USER_DELETED', 'DIRECTORY_USER_PURGED', 'DIRECTORY_GROUP_CREATED', 'DIRECTORY_GROUP_UPDATED', 'DIRECTORY_GROUP_DELETED', 'DIRECTORY_GROUP_PURGED', 'MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED');

-- CreateTable
CREATE TABLE "organization" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "directory" (
    "id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "external_key" TEXT,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "state" "DirectoryState" NOT NULL,
    "domains" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),
    "fact_at" TIMESTAMPTZ(3),
    "fact_id" TEXT COLLATE "C",
    "overlay" JSONB,
    "deletion_at" TIMESTAMPTZ(3),
    "deletion_id" TEXT COLLATE "C",
    "last_event_at" TIMESTAMPTZ(3),
    "last_synced_at" TIMESTAMPTZ(3),
    "cascade_after" TEXT COLLATE "C",

    CONSTRAINT "directory_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "directory_user" (
    "id" TEXT COLLATE "C" NOT NULL,
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "idp_id" TEXT COLLATE "C" NOT NULL,
    "email" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "name" TEXT,
    "username" TEXT,
    "job_title" TEXT,
    "emails" JSONB NOT NULL,
    "state" "DirectoryUserState" NOT NULL,
    "active" BOOLEAN NOT NULL,
    "custom_attributes" JSONB NOT NULL,
    "raw_attributes" JSONB NOT NULL,
    "idp_roles" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),
    "fact_at" TIMESTAMPTZ(3),
    "fact_id" TEXT COLLATE "C",
    "overlay" JSONB,
    "sort_name" TEXT COLLATE "C" NOT NULL,
    "sort_email" TEXT COLLATE "C" NOT NULL,
    "search_text" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "directory_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "directory_group" (
    "id" TEXT COLLATE "C" NOT NULL,
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "idp_id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "raw_attributes" JSONB NOT NULL,
    "state" "DirectoryGroupState" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),
    "fact_at" TIMESTAMPTZ(3),
    "fact_id" TEXT COLLATE "C",
    "overlay" JSONB,
    "sort_name" TEXT COLLATE "C" NOT NULL,
    "cascading" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "directory_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "group_id" TEXT COLLATE "C" NOT NULL,
    "user_id" TEXT COLLATE "C" NOT NULL,
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "present" BOOLEAN NOT NULL,
    "visible" BOOLEAN NOT NULL,
    "fact_at" TIMESTAMPTZ(3) NOT NULL,
    "fact_id" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("group_id","user_id")
);

-- CreateTable
CREATE TABLE "inbox_event" (
    "id" TEXT COLLATE "C" NOT NULL,
    "type" TEXT NOT NULL,
    "directory_id" TEXT COLLATE "C",
    "source" "ChangeSource" NOT NULL,
    "status" "EventStatus" NOT NULL,
    "body" BYTEA NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "applied_at" TIMESTAMPTZ(3),

    CONSTRAINT "inbox_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "change" (
    "position" BIGINT NOT NULL,
    "kind" "ChangeKind" NOT NULL,
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "user_id" TEXT COLLATE "C",
    "group_id" TEXT COLLATE "C",
    "changed_fields" TEXT[],
    "previous" JSONB,
    "source" "ChangeSource" NOT NULL,
    "event_id" TEXT COLLATE "C",
    "actor" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "change_clock" (
    "id" INTEGER NOT NULL,
    "position" BIGINT NOT NULL,
    "purged_through" BIGINT NOT NULL,
    "cursor_key" BYTEA NOT NULL,

    CONSTRAINT "change_clock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "organization_id" TEXT COLLATE "C",
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "directory_organization_id_id_idx" ON "directory"("organization_id", "id");

-- CreateIndex
CREATE INDEX "directory_created_at_id_idx" ON "directory"("created_at", "id");

-- CreateIndex
CREATE INDEX "directory_cascade_after_idx" ON "directory"("cascade_after") WHERE (cascade_after is not null);

-- CreateIndex
CREATE INDEX "directory_updated_at_id_idx" ON "directory"("updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_name_id_idx" ON "directory"("name", "id");

-- CreateIndex
CREATE INDEX "directory_state_created_at_id_idx" ON "directory"("state", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_type_created_at_id_idx" ON "directory"("type", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_directory_id_created_at_id_idx" ON "directory_user"("directory_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_directory_id_updated_at_id_idx" ON "directory_user"("directory_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_directory_id_sort_name_id_idx" ON "directory_user"("directory_id", "sort_name", "id");

-- CreateIndex
CREATE INDEX "directory_user_directory_id_sort_email_id_idx" ON "directory_user"("directory_id", "sort_email", "id");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_created_at_id_idx" ON "directory_user"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_updated_at_id_idx" ON "directory_user"("organization_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_sort_name_id_idx" ON "directory_user"("organization_id", "sort_name", "id");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_sort_email_id_idx" ON "directory_user"("organization_id", "sort_email", "id");

-- CreateIndex
CREATE INDEX "directory_user_created_at_id_idx" ON "directory_user"("created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_updated_at_id_idx" ON "directory_user"("updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_sort_name_id_idx" ON "directory_user"("sort_name", "id");

-- CreateIndex
CREATE INDEX "directory_user_sort_email_id_idx" ON "directory_user"("sort_email", "id");

-- CreateIndex
CREATE INDEX "directory_user_search_text_idx" ON "directory_user" USING GIN ("search_text" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "directory_user_directory_id_state_created_at_id_idx" ON "directory_user"("directory_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_idp_id_directory_id_idx" ON "directory_user"("idp_id", "directory_id");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_state_created_at_id_idx" ON "directory_user"("organization_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_state_created_at_id_idx" ON "directory_user"("state", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_group_directory_id_sort_name_id_idx" ON "directory_group"("directory_id", "sort_name", "id");

-- CreateIndex
CREATE INDEX "directory_group_directory_id_created_at_id_idx" ON "directory_group"("directory_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_group_directory_id_updated_at_id_idx" ON "directory_group"("directory_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_group_organization_id_sort_name_id_idx" ON "directory_group"("organization_id", "sort_name", "id");

-- CreateIndex
CREATE INDEX "directory_group_organization_id_created_at_id_idx" ON "directory_group"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_group_organization_id_updated_at_id_idx" ON "directory_group"("organization_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_group_sort_name_id_idx" ON "directory_group"("sort_name", "id");

-- CreateIndex
CREATE INDEX "directory_group_created_at_id_idx" ON "directory_group"("created_at", "id");

-- CreateIndex
CREATE INDEX "directory_group_updated_at_id_idx" ON "directory_group"("updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_group_sort_name_trgm_idx" ON "directory_group" USING GIN ("sort_name" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "directory_group_cascading_idx" ON "directory_group"("directory_id") WHERE (cascading);

-- CreateIndex
CREATE INDEX "membership_visible_group_idx" ON "membership"("group_id", "user_id") WHERE (visible);

-- CreateIndex
CREATE INDEX "membership_user_id_group_id_idx" ON "membership"("user_id", "group_id");

-- CreateIndex
CREATE INDEX "inbox_event_pending_idx" ON "inbox_event"("directory_id", "occurred_at", "id") WHERE (status = 'PENDING');

-- CreateIndex
CREATE INDEX "inbox_event_received_at_id_idx" ON "inbox_event"("received_at", "id");

-- CreateIndex
CREATE INDEX "inbox_event_directory_id_received_at_id_idx" ON "inbox_event"("directory_id", "received_at", "id");

-- CreateIndex
CREATE INDEX "inbox_event_status_received_at_id_idx" ON "inbox_event"("status", "received_at", "id");

-- CreateIndex
CREATE INDEX "inbox_event_type_received_at_id_idx" ON "inbox_event"("type", "received_at", "id");

-- CreateIndex
CREATE INDEX "change_directory_id_position_idx" ON "change"("directory_id", "position");

-- CreateIndex
CREATE INDEX "change_organization_id_position_idx" ON "change"("organization_id", "position");

-- CreateIndex
CREATE INDEX "change_user_id_position_idx" ON "change"("user_id", "position");

-- CreateIndex
CREATE INDEX "change_group_id_position_idx" ON "change"("group_id", "position");

-- CreateIndex
CREATE INDEX "change_kind_position_idx" ON "change"("kind", "position");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- CreateIndex
CREATE INDEX "api_key_organization_id_id_idx" ON "api_key"("organization_id", "id");

-- AddForeignKey
ALTER TABLE "directory" ADD CONSTRAINT "directory_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "directory_user" ADD CONSTRAINT "directory_user_directory_id_fkey" FOREIGN KEY ("directory_id") REFERENCES "directory"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "directory_group" ADD CONSTRAINT "directory_group_directory_id_fkey" FOREIGN KEY ("directory_id") REFERENCES "directory"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Written by hand: the only row. The key is random and stays with the data, so that cursors outlive a restart.
INSERT INTO "change_clock" ("id", "position", "purged_through", "cursor_key")
VALUES (1, 0, 0, uuid_send(gen_random_uuid()));
