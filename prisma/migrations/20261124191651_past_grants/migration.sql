-- AlterTable
ALTER TABLE "role_grant" ADD COLUMN     "shown_at" TIMESTAMPTZ(3),
ADD COLUMN     "taken_back" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "role_grant_past" (
    "account_id" TEXT NOT NULL,
    "role_id" TEXT NOT NULL,
    "kind" "GrantKind" NOT NULL,
    "mapping_id" TEXT NOT NULL,
    "group_id" TEXT NOT NULL,
    "directory_user_id" TEXT NOT NULL,
    "actor" TEXT,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "role_grant_past_pkey" PRIMARY KEY ("account_id","role_id","kind","mapping_id","group_id","directory_user_id","until")
);

-- CreateIndex
CREATE INDEX "role_grant_past_until_idx" ON "role_grant_past"("until");
