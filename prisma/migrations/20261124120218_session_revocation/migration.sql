-- Ids are compared as bytes, whatever the language of the database.

-- AlterEnum
ALTER TYPE "ChangeKind" ADD VALUE 'ORGANIZATION_UPDATED';

-- AlterTable
ALTER TABLE "account" ADD COLUMN     "disabled_reason" TEXT;

-- CreateTable
CREATE TABLE "session_revocation" (
    "account_id" TEXT COLLATE "C" NOT NULL,
    "workos_user_id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "cutoff" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "error" TEXT,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_revocation_pkey" PRIMARY KEY ("account_id","workos_user_id")
);

-- CreateIndex
CREATE INDEX "session_revocation_due_idx" ON "session_revocation"("next_attempt_at") WHERE (done_at is null);

-- CreateIndex
CREATE UNIQUE INDEX "account_organization_id_workos_user_id_key" ON "account"("organization_id", "workos_user_id");
