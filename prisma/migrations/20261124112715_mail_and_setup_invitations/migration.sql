-- CreateEnum
CREATE TYPE "MailKind" AS ENUM ('WELCOME', 'SETUP_INVITATION', 'CREDENTIALS_INVALID', 'CREDENTIALS_VALID', 'STALLED', 'RECOVERED', 'GUARD_TRIPPED');

-- CreateEnum
CREATE TYPE "MailStatus" AS ENUM ('PENDING', 'SENT', 'LOGGED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "EpisodeKind" AS ENUM ('CREDENTIALS_INVALID', 'STALLED', 'GUARD_TRIPPED');

-- CreateEnum
CREATE TYPE "PortalIntent" AS ENUM ('DSYNC', 'SSO', 'AUDIT_LOGS', 'LOG_STREAMS', 'DOMAIN_VERIFICATION', 'CERTIFICATE_RENEWAL');

-- CreateTable
CREATE TABLE "mail" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" "MailKind" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "recipient" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "text" TEXT,
    "html" TEXT,
    "status" "MailStatus" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "mail_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "episode" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" "EpisodeKind" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "told_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "episode_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mail_follower" (
    "id" INTEGER NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "mail_follower_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setup_invitation" (
    "id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C" NOT NULL,
    "email" TEXT NOT NULL,
    "intent" "PortalIntent" NOT NULL,
    "return_url" TEXT,
    "success_url" TEXT,
    "token_hash" BYTEA NOT NULL,
    "mail_id" TEXT COLLATE "C",
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "uses" INTEGER NOT NULL DEFAULT 0,
    "clicks_since" TIMESTAMPTZ(3),
    "clicks" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "setup_invitation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "mail_key_key" ON "mail"("key");

-- CreateIndex
CREATE INDEX "mail_finished_at_idx" ON "mail"("finished_at");

-- CreateIndex
CREATE INDEX "episode_ended_at_idx" ON "episode"("ended_at");

-- CreateIndex
CREATE UNIQUE INDEX "episode_one_at_a_time" ON "episode"("kind", "subject") WHERE (ended_at is null);

-- CreateIndex
CREATE UNIQUE INDEX "setup_invitation_token_hash_key" ON "setup_invitation"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "setup_invitation_mail_id_key" ON "setup_invitation"("mail_id");

-- CreateIndex
CREATE INDEX "setup_invitation_organization_id_id_idx" ON "setup_invitation"("organization_id", "id");

-- CreateIndex
CREATE INDEX "setup_invitation_created_at_idx" ON "setup_invitation"("created_at");

-- AddForeignKey
ALTER TABLE "setup_invitation" ADD CONSTRAINT "setup_invitation_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "setup_invitation" ADD CONSTRAINT "setup_invitation_mail_id_fkey" FOREIGN KEY ("mail_id") REFERENCES "mail"("id") ON DELETE SET NULL ON UPDATE CASCADE;
