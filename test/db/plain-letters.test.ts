// What was folded before letters like ø were.
import { readFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { fold, foldAddress } from '../../src/text/fold.ts'
import { openInbox } from '../inbox/inbox.ts'

const MIGRATION = '../../prisma/migrations/20261130151000_letters_without_accents/migration.sql'

test('the migration makes of names that were folded before what folding makes of them now', async () => {
  const inbox = await openInbox()
  onTestFinished(() => inbox.close())
  const letters = Array.from({ length: 0x250 - 0xa0 }, (_, n) => String.fromCodePoint(0xa0 + n))
  const names = ['Ada Lovelace', 'Ærøskøbing Straße', ...letters, ...letters.map((letter) => `a${letter}b ${letter}`)]
  const long = ['ß', 'a', 'øæ'].map((text) => text.repeat(1_000).slice(0, 1_000))
  const people = [
    ...names.map((name) => ({ name, text: name })),
    ...long.map((text) => ({ name: text.slice(0, 200), text })),
    { name: 'Ada', text: 'Ada Søren' },
  ]
  // Addresses are still folded as names were, up to 320 characters.
  const before = (text: string) => Array.from(text.match(/.{1,300}/gsu)!, foldAddress).join('')
  const rows = people.map(({ name, text }, n) => {
    return { id: `id_${String(n).padStart(5, '0')}`, before: before(name), text: before(text) }
  })
  const columns = 'id, sort_name, sort_email, search_text'
  const given = 'json_to_recordset($1) as r (id text, before text, text text)'
  const each = async (text: string) => inbox.db.pool.query(text.replace('GIVEN', given), [JSON.stringify(rows)])
  await inbox.db.pool.query(
    `insert into directory (id, name, type, state, domains, created_at, updated_at)
     values ('directory', '', '', 'ACTIVE', '{}', now(), now())`,
  )
  await each(
    `insert into directory_user (directory_id, idp_id, emails, state, active, custom_attributes, raw_attributes, idp_roles, created_at,
                                 updated_at, ${columns})
     select 'directory', '', '[]', 'ACTIVE', true, '{}', '{}', '{}', now(), now(), id, before, before, text from GIVEN`,
  )
  await each(
    `insert into account (state, provisioned, ${columns}) select 'ACTIVE', true, id, before, before, text from GIVEN`,
  )
  await each(
    `insert into directory_group (directory_id, idp_id, name, raw_attributes, state, created_at, updated_at, id, sort_name)
     select 'directory', '', '', '{}', 'ACTIVE', now(), now(), id, before from GIVEN`,
  )

  await inbox.db.pool.query(await readFile(new URL(MIGRATION, import.meta.url), 'utf8'))

  const stored = async (table: string) =>
    (await inbox.db.pool.query(`select ${columns} from ${table} order by id`)).rows as unknown[]
  const expected = rows.map(({ id, before: address }, n) => {
    const { name, text } = people[n]!
    return { id, sort_name: fold(name, 200), sort_email: address, search_text: fold(text, 1_000) }
  })
  expect(await stored('directory_user')).toEqual(expected)
  expect(await stored('account')).toEqual(expected)
  expect(await inbox.list('select sort_name from directory_group order by id')).toEqual(
    expected.map(({ sort_name }) => sort_name),
  )
})
