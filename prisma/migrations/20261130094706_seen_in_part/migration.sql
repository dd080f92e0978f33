-- CreateTable
CREATE TABLE "sync_run_part" (
    "run_id" TEXT COLLATE "C" NOT NULL,
    "object_id" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "sync_run_part_pkey" PRIMARY KEY ("run_id","object_id")
);

-- AddForeignKey
ALTER TABLE "sync_run_part" ADD CONSTRAINT "sync_run_part_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "sync_run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
