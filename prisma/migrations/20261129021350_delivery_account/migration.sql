-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN     "account_id" TEXT;

-- CreateIndex
CREATE INDEX "webhook_delivery_waiting_user_idx" ON "webhook_delivery"("endpoint_id", "user_id") WHERE (status = 'PENDING');

-- CreateIndex
CREATE INDEX "webhook_delivery_waiting_account_idx" ON "webhook_delivery"("endpoint_id", "account_id") WHERE (status = 'PENDING');

-- Until now whoever a message was about as an account stood in its ordering key alone
UPDATE "webhook_delivery" SET "account_id" = "ordering_key" WHERE "ordering_key" LIKE 'account\_%';

-- Until now a receiver was left alone for as long as it wanted
UPDATE "webhook_endpoint" SET "blocked_until" = now() + interval '1 day' WHERE "blocked_until" > now() + interval '1 day';
