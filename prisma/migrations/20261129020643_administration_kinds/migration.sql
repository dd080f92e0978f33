-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "ChangeKind" ADD VALUE 'API_KEY_CREATED';
ALTER TYPE "ChangeKind" ADD VALUE 'API_KEY_REVOKED';
ALTER TYPE "ChangeKind" ADD VALUE 'SYNC_REQUESTED';
ALTER TYPE "ChangeKind" ADD VALUE 'SYNC_CANCELLED';
ALTER TYPE "ChangeKind" ADD VALUE 'GUARD_UPDATED';
ALTER TYPE "ChangeKind" ADD VALUE 'PORTAL_LINK_GENERATED';
ALTER TYPE "ChangeKind" ADD VALUE 'SETUP_INVITATION_SENT';
ALTER TYPE "ChangeKind" ADD VALUE 'SETUP_INVITATION_REVOKED';
