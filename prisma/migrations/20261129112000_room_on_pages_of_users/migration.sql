-- What comes all at once is most often a whole directory, in the order in which it lies here: then every row of a page wants its next version
-- on the same page. With less room they went elsewhere, and were written into all indexes of both the table and the log.
ALTER TABLE "directory_user" SET (fillfactor = 50);
