-- CreateIndex
CREATE INDEX "inbox_event_unusual_idx" ON "inbox_event"("directory_id", "status", "received_at", "id") WHERE (status <> 'PENDING' and status <> 'APPLIED');

ALTER INDEX "inbox_event_unusual_idx" SET (deduplicate_items = off);
