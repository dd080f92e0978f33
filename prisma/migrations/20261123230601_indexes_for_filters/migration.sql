-- DropIndex
DROP INDEX "directory_user_directory_id_idp_id_idx";

-- DropIndex
DROP INDEX "directory_user_directory_id_state_id_idx";

-- DropIndex
DROP INDEX "directory_user_organization_id_state_id_idx";

-- DropIndex
DROP INDEX "directory_user_state_id_idx";

-- CreateIndex
CREATE INDEX "directory_updated_at_id_idx" ON "directory"("updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_name_id_idx" ON "directory"("name", "id");

-- CreateIndex
CREATE INDEX "directory_state_created_at_id_idx" ON "directory"("state", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_type_created_at_id_idx" ON "directory"("type", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_directory_id_state_created_at_id_idx" ON "directory_user"("directory_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_idp_id_directory_id_idx" ON "directory_user"("idp_id", "directory_id");

-- CreateIndex
CREATE INDEX "directory_user_organization_id_state_created_at_id_idx" ON "directory_user"("organization_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_user_state_created_at_id_idx" ON "directory_user"("state", "created_at", "id");
