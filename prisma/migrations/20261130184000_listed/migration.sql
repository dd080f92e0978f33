ALTER TABLE "directory" ADD COLUMN "listed_at" TIMESTAMPTZ(3), ADD COLUMN "listed_id" TEXT;
