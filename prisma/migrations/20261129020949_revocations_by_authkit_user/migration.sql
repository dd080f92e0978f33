-- CreateIndex
CREATE INDEX "session_revocation_workos_user_id_idx" ON "session_revocation"("workos_user_id");
