-- AlterEnum
ALTER TYPE "ChangeKind" ADD VALUE 'ATTRIBUTE_MAPPING_UPDATED';

-- CreateTable
CREATE TABLE "attribute_mapping" (
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "attribute" TEXT COLLATE "C" NOT NULL,
    "pointers" TEXT[],

    CONSTRAINT "attribute_mapping_pkey" PRIMARY KEY ("directory_id","attribute")
);

-- CreateTable
CREATE TABLE "attribute_remap" (
    "id" TEXT COLLATE "C" NOT NULL,
    "directory_id" TEXT COLLATE "C" NOT NULL,
    "attribute" TEXT COLLATE "C" NOT NULL,
    "former" TEXT[],
    "pointers" TEXT[],
    "actor" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "cursor" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "changed" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "attribute_remap_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "attribute_remap_one_per_directory" ON "attribute_remap"("directory_id") WHERE (finished_at is null);

-- AddForeignKey
ALTER TABLE "attribute_mapping" ADD CONSTRAINT "attribute_mapping_directory_id_fkey" FOREIGN KEY ("directory_id") REFERENCES "directory"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attribute_remap" ADD CONSTRAINT "attribute_remap_directory_id_fkey" FOREIGN KEY ("directory_id") REFERENCES "directory"("id") ON DELETE CASCADE ON UPDATE CASCADE;
