-- AlterTable
ALTER TABLE "sync_run" ADD COLUMN     "edges_taken" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "taken_after" BIGINT,
ADD COLUMN     "users_taken" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "sync_run_taken_idx" ON "sync_run"("directory_id", "finished_at") WHERE (users_taken > 0 or edges_taken > 0);
