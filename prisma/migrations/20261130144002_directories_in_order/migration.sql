-- DropIndex
DROP INDEX "directory_organization_id_id_idx";

-- CreateIndex
CREATE INDEX "directory_organization_id_created_at_id_idx" ON "directory"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "directory_organization_id_updated_at_id_idx" ON "directory"("organization_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "directory_organization_id_name_id_idx" ON "directory"("organization_id", "name", "id");
