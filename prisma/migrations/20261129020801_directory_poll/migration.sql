-- AlterTable
ALTER TABLE "directory" ADD COLUMN     "poll_error" TEXT;

-- CreateTable
CREATE TABLE "directory_poll" (
    "id" INTEGER NOT NULL,
    "begun_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "interval_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "reconcile_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "directory_poll_pkey" PRIMARY KEY ("id")
);

INSERT INTO "directory_poll" ("id") VALUES (1);
