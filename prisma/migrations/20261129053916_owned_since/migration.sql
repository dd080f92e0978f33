-- AlterTable
ALTER TABLE "directory" ADD COLUMN     "owned_since" BIGINT;

-- Directories that have moved until now: the last that their log tells of another organization, or of the move
UPDATE "directory" d SET "owned_since" = m."position"
FROM (
  SELECT c."directory_id", max(c."position") AS "position" FROM "change" c JOIN "directory" o ON o."id" = c."directory_id"
  WHERE c."organization_id" <> o."organization_id"
     OR (c."kind" = 'DIRECTORY_UPDATED' AND c."previous" ->> 'organizationId' IS NOT NULL)
  GROUP BY c."directory_id"
) m
WHERE m."directory_id" = d."id";
