-- DropIndex
DROP INDEX "directory_user_directory_id_sort_email_id_idx";

-- DropIndex
DROP INDEX "directory_user_directory_id_sort_name_id_idx";

-- DropIndex
DROP INDEX "directory_user_directory_id_updated_at_id_idx";

-- DropIndex
DROP INDEX "directory_user_organization_id_sort_email_id_idx";

-- DropIndex
DROP INDEX "directory_user_organization_id_sort_name_id_idx";

-- DropIndex
DROP INDEX "directory_user_organization_id_updated_at_id_idx";

-- DropIndex
DROP INDEX "directory_user_sort_email_id_idx";

-- DropIndex
DROP INDEX "directory_user_sort_name_id_idx";

-- DropIndex
DROP INDEX "directory_user_updated_at_id_idx";

-- CreateIndex
CREATE INDEX "directory_user_directory_id_updated_at_id_state_idx" ON "directory_user"("directory_id", "updated_at", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_directory_id_sort_name_id_state_idx" ON "directory_user"("directory_id", "sort_name", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_directory_id_sort_email_id_state_idx" ON "directory_user"("directory_id", "sort_email", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_updated_at_id_state_idx" ON "directory_user"("organization_id", "updated_at", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_sort_name_id_state_idx" ON "directory_user"("organization_id", "sort_name", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_sort_email_id_state_idx" ON "directory_user"("organization_id", "sort_email", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_updated_at_id_state_idx" ON "directory_user"("updated_at", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_sort_name_id_state_idx" ON "directory_user"("sort_name", "id", "state");

-- CreateIndex
CREATE INDEX "directory_user_sort_email_id_state_idx" ON "directory_user"("sort_email", "id", "state");
