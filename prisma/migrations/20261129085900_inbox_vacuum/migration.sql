-- Whoever looks for work walks over all that has waited since the last vacuum, in an index of what waits: of an inbox of ten million events
-- that was as much as two million.
ALTER TABLE "inbox_event" SET (autovacuum_vacuum_scale_factor = 0.02);
