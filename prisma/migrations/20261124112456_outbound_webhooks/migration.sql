-- CreateEnum
CREATE TYPE "WebhookDeliveryStatus" AS ENUM ('PENDING', 'DELIVERED', 'DEAD');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "ChangeKind" ADD VALUE 'WEBHOOK_ENDPOINT_CREATED';
ALTER TYPE "ChangeKind" ADD VALUE 'WEBHOOK_ENDPOINT_UPDATED';
ALTER TYPE "ChangeKind" ADD VALUE 'WEBHOOK_ENDPOINT_DISABLED';
ALTER TYPE "ChangeKind" ADD VALUE 'WEBHOOK_ENDPOINT_SECRET_ROTATED';
ALTER TYPE "ChangeKind" ADD VALUE 'WEBHOOK_ENDPOINT_REPLAYED';
ALTER TYPE "ChangeKind" ADD VALUE 'WEBHOOK_ENDPOINT_DELETED';

-- AlterEnum
ALTER TYPE "ChangeSource" ADD VALUE 'OUTBOUND';

-- CreateTable
CREATE TABLE "webhook_endpoint" (
    "id" TEXT COLLATE "C" NOT NULL,
    "organization_id" TEXT COLLATE "C",
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "kinds" "ChangeKind"[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disabled_reason" TEXT,
    "secrets" JSONB NOT NULL,
    "rotating_until" TIMESTAMPTZ(3),
    "cursor" BIGINT NOT NULL,
    "gap" BOOLEAN NOT NULL DEFAULT false,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "failed_keys" TEXT[] COLLATE "C" DEFAULT ARRAY[]::TEXT[],
    "blocked_until" TIMESTAMPTZ(3),
    "last_delivered_at" TIMESTAMPTZ(3),
    "last_failed_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" TEXT COLLATE "C" NOT NULL,
    "endpoint_id" TEXT COLLATE "C" NOT NULL,
    "position" BIGINT,
    "type" TEXT NOT NULL,
    "ordering_key" TEXT COLLATE "C" NOT NULL,
    "user_id" TEXT COLLATE "C",
    "body" TEXT NOT NULL,
    "status" "WebhookDeliveryStatus" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "first_attempt_at" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3),
    "claim" TEXT COLLATE "C",
    "leased_until" TIMESTAMPTZ(3),
    "response_status" INTEGER,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "webhook_endpoint_organization_id_id_idx" ON "webhook_endpoint"("organization_id", "id");

-- CreateIndex
CREATE INDEX "webhook_delivery_due_idx" ON "webhook_delivery"("endpoint_id", "next_attempt_at", "id") WHERE (status = 'PENDING');

-- CreateIndex
CREATE INDEX "webhook_delivery_order_idx" ON "webhook_delivery"("endpoint_id", "ordering_key", "position") WHERE (status = 'PENDING');

-- CreateIndex
CREATE INDEX "webhook_delivery_endpoint_id_created_at_id_idx" ON "webhook_delivery"("endpoint_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "webhook_delivery_endpoint_id_status_created_at_id_idx" ON "webhook_delivery"("endpoint_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "webhook_delivery_settled_idx" ON "webhook_delivery"("created_at") WHERE (status <> 'PENDING');

-- CreateIndex
CREATE INDEX "webhook_delivery_user_id_idx" ON "webhook_delivery"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_delivery_endpoint_id_position_key" ON "webhook_delivery"("endpoint_id", "position");

-- AddForeignKey
ALTER TABLE "webhook_endpoint" ADD CONSTRAINT "webhook_endpoint_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoint"("id") ON DELETE CASCADE ON UPDATE CASCADE;
