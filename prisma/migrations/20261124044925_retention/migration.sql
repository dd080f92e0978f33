-- CreateIndex
CREATE INDEX "directory_group_tombstone_idx" ON "directory_group"("deleted_at") WHERE (state = 'DELETED');

-- CreateIndex
CREATE INDEX "directory_user_tombstone_idx" ON "directory_user"("deleted_at") WHERE (state = 'DELETED');
