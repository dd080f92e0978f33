// Indexes of the tables that each event writes.
import { expect, onTestFinished, test } from 'vitest'
import { openInbox } from '../inbox/inbox.ts'

// "alter index … set (deduplicate_items = off)" has no place in prisma/schema.prisma: whoever makes such an index anew
// says it again.
const UNTOLD = `
  select i.relname from pg_index x
  join pg_class i on i.oid = x.indexrelid and not coalesce('deduplicate_items=off' = any(i.reloptions), false)
  join pg_am a on a.oid = i.relam and a.amname = 'btree'
  join pg_index key on key.indrelid = x.indrelid and key.indisprimary
  where x.indrelid = any('{change, inbox_event, directory_user, directory_user_recency, account, membership, role_grant, directory_group}'::regclass[])
    and key.indkey::int2[] <@ x.indkey::int2[]`

test('where the entries of an index hold the whole key of their rows, none is looked for that is equal', async () => {
  const inbox = await openInbox()
  onTestFinished(() => inbox.close())
  expect(await inbox.list(UNTOLD)).toEqual([])
  await inbox.db.pool.query('create index anew on change (source, position)')
  expect(await inbox.list(UNTOLD)).toEqual(['anew'])
})
