-- CreateEnum
CREATE TYPE "UserState" AS ENUM ('ACTIVE', 'INACTIVE', 'DELETED');

-- CreateEnum
CREATE TYPE "LinkKind" AS ENUM ('EXPLICIT', 'RETURNING', 'EMAIL', 'PROVISIONED');

-- CreateEnum
CREATE TYPE "GroupMatchKind" AS ENUM ('GROUP_ID', 'NAME_EQUALS', 'NAME_PREFIX', 'NAME_REGEX', 'ATTRIBUTE_EQUALS');

-- CreateEnum
CREATE TYPE "GrantKind" AS ENUM ('MAPPING', 'DIRECT', 'IDP');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "ChangeKind" ADD VALUE 'USER_PROVISIONED';
ALTER TYPE "ChangeKind" ADD VALUE 'USER_LINKED';
ALTER TYPE "ChangeKind" ADD VALUE 'USER_UPDATED';
ALTER TYPE "ChangeKind" ADD VALUE 'USER_DEACTIVATED';
ALTER TYPE "ChangeKind" ADD VALUE 'USER_REACTIVATED';
ALTER TYPE "ChangeKind" ADD VALUE 'USER_DELETED';
ALTER TYPE "ChangeKind" ADD VALUE 'USER_SESSIONS_REVOKED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_GRANTED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_REVOKED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_CREATED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_UPDATED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_DELETED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_MAPPING_CREATED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_MAPPING_UPDATED';
ALTER TYPE "ChangeKind" ADD VALUE 'ROLE_MAPPING_DELETED';

-- AlterTable
ALTER TABLE "change" ADD COLUMN     "account_id" TEXT COLLATE "C",
ADD COLUMN     "role_id" TEXT COLLATE "C";

-- AlterTable
ALTER TABLE "directory_user" ADD COLUMN     "account_id" TEXT COLLATE "C",
ADD COLUMN     "link_kind" "LinkKind";

-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "link_by_email" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT COLLATE "C" NOT NULL,
    "external_id" TEXT COLLATE "C",
    "workos_user_id" TEXT COLLATE "C",
    "organization_id" TEXT COLLATE "C",
    "email" TEXT,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "first_name" TEXT,
    "last_name" TEXT,
    "state" "UserState" NOT NULL,
    "provisioned" BOOLEAN NOT NULL,
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_by" TEXT,
    "sessions_revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deactivated_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "deletion_reason" TEXT,
    "sort_name" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "sort_email" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "search_text" TEXT COLLATE "C" NOT NULL DEFAULT '',

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role" (
    "id" TEXT COLLATE "C" NOT NULL,
    "slug" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "organization_id" TEXT COLLATE "C",
    "protected" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "role_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_mapping" (
    "id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "directory_id" TEXT COLLATE "C",
    "match" "GroupMatchKind" NOT NULL,
    "value" TEXT NOT NULL,
    "attribute" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "role_mapping_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_mapping_role" (
    "mapping_id" TEXT COLLATE "C" NOT NULL,
    "role_id" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "role_mapping_role_pkey" PRIMARY KEY ("mapping_id","role_id")
);

-- CreateTable
CREATE TABLE "role_mapping_group" (
    "group_id" TEXT COLLATE "C" NOT NULL,
    "mapping_id" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "role_mapping_group_pkey" PRIMARY KEY ("group_id","mapping_id")
);

-- CreateTable
CREATE TABLE "role_grant" (
    "account_id" TEXT COLLATE "C" NOT NULL,
    "role_id" TEXT COLLATE "C" NOT NULL,
    "kind" "GrantKind" NOT NULL,
    "mapping_id" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "group_id" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "directory_user_id" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "organization_id" TEXT COLLATE "C",
    "actor" TEXT,
    "visible" BOOLEAN NOT NULL,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "role_grant_pkey" PRIMARY KEY ("account_id","role_id","kind","mapping_id","group_id","directory_user_id")
);

-- CreateTable
CREATE TABLE "account_due" (
    "account_id" TEXT COLLATE "C" NOT NULL,
    "source" "ChangeSource" NOT NULL,
    "event_id" TEXT COLLATE "C",
    "actor" TEXT,
    "directory_id" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "account_due_pkey" PRIMARY KEY ("account_id")
);

-- CreateIndex
CREATE INDEX "account_external_id_idx" ON "account"("external_id");

-- CreateIndex
CREATE INDEX "account_workos_user_id_idx" ON "account"("workos_user_id");

-- CreateIndex
CREATE INDEX "account_organization_id_created_at_id_idx" ON "account"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "account_organization_id_updated_at_id_idx" ON "account"("organization_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "account_organization_id_sort_name_id_idx" ON "account"("organization_id", "sort_name", "id");

-- CreateIndex
CREATE INDEX "account_organization_id_sort_email_id_idx" ON "account"("organization_id", "sort_email", "id");

-- CreateIndex
CREATE INDEX "account_organization_id_state_created_at_id_idx" ON "account"("organization_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "account_created_at_id_idx" ON "account"("created_at", "id");

-- CreateIndex
CREATE INDEX "account_updated_at_id_idx" ON "account"("updated_at", "id");

-- CreateIndex
CREATE INDEX "account_sort_name_id_idx" ON "account"("sort_name", "id");

-- CreateIndex
CREATE INDEX "account_sort_email_id_idx" ON "account"("sort_email", "id");

-- CreateIndex
CREATE INDEX "account_state_created_at_id_idx" ON "account"("state", "created_at", "id");

-- CreateIndex
CREATE INDEX "account_search_text_idx" ON "account" USING GIN ("search_text" gin_trgm_ops);

-- CreateIndex
CREATE UNIQUE INDEX "account_organization_id_external_id_key" ON "account"("organization_id", "external_id");

-- CreateIndex
CREATE INDEX "role_organization_id_id_idx" ON "role"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "role_slug_organization_id_key" ON "role"("slug", "organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "role_global_slug_key" ON "role"("slug") WHERE (organization_id is null);

-- CreateIndex
CREATE INDEX "role_mapping_organization_id_id_idx" ON "role_mapping"("organization_id", "id");

-- CreateIndex
CREATE INDEX "role_mapping_directory_id_id_idx" ON "role_mapping"("directory_id", "id");

-- CreateIndex
CREATE INDEX "role_mapping_role_role_id_idx" ON "role_mapping_role"("role_id");

-- CreateIndex
CREATE INDEX "role_mapping_group_mapping_id_group_id_idx" ON "role_mapping_group"("mapping_id", "group_id");

-- CreateIndex
CREATE INDEX "role_grant_visible_idx" ON "role_grant"("role_id", "account_id") WHERE (visible);

-- CreateIndex
CREATE INDEX "role_grant_mapping_id_idx" ON "role_grant"("mapping_id");

-- CreateIndex
CREATE INDEX "change_account_id_position_idx" ON "change"("account_id", "position") WHERE (account_id is not null);

-- CreateIndex
CREATE INDEX "directory_user_account_id_idx" ON "directory_user"("account_id");

-- AddForeignKey
ALTER TABLE "directory_user" ADD CONSTRAINT "directory_user_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role" ADD CONSTRAINT "role_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_mapping" ADD CONSTRAINT "role_mapping_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_mapping" ADD CONSTRAINT "role_mapping_directory_id_fkey" FOREIGN KEY ("directory_id") REFERENCES "directory"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_mapping_role" ADD CONSTRAINT "role_mapping_role_mapping_id_fkey" FOREIGN KEY ("mapping_id") REFERENCES "role_mapping"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_mapping_role" ADD CONSTRAINT "role_mapping_role_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "role"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_mapping_group" ADD CONSTRAINT "role_mapping_group_mapping_id_fkey" FOREIGN KEY ("mapping_id") REFERENCES "role_mapping"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "role"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Whoever was mirrored before there were accounts gets one each, tombstones too: they may come back.
INSERT INTO "account" ("id", "organization_id", "email", "first_name", "last_name", "state", "provisioned", "created_at",
                       "deactivated_at", "sort_name", "sort_email", "search_text")
SELECT 'account_0' || upper(left(md5("id"), 25)), "organization_id", "email", "first_name", "last_name",
       (CASE "state" WHEN 'ACTIVE' THEN 'ACTIVE' ELSE 'INACTIVE' END)::"UserState", true, "created_at",
       CASE "state" WHEN 'ACTIVE' THEN NULL ELSE coalesce("deleted_at", "updated_at") END, "sort_name", "sort_email", "search_text"
FROM "directory_user" WHERE "state" <> 'UNSEEN';

UPDATE "directory_user" SET "account_id" = 'account_0' || upper(left(md5("id"), 25)), "link_kind" = 'PROVISIONED'
WHERE "state" <> 'UNSEEN';
