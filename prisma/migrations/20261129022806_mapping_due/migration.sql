-- CreateTable
CREATE TABLE "mapping_due" (
    "mapping_id" TEXT COLLATE "C" NOT NULL,
    "source" "ChangeSource" NOT NULL,
    "actor" TEXT,
    "directory_id" TEXT NOT NULL DEFAULT '',
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "queued_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "cursor" TEXT COLLATE "C" NOT NULL DEFAULT '',

    CONSTRAINT "mapping_due_pkey" PRIMARY KEY ("mapping_id")
);
