import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import type { LinkProblemKind } from '../directory/account-operations.ts'
import { restore } from '../directory/csv-text.ts'
import { invalid, type Refusal } from '../directory/refusal.ts'

/** A row of the file; line numbers begin with 1, which is the header. */
export interface CsvLink {
  readonly line: number
  readonly userId: string
  readonly directoryUserId: string
  readonly problem?: Extract<LinkProblemKind, 'MALFORMED' | 'INVALID_USER_ID'>
}

/** Rows that one file may have. */
export const MOST_ROWS = 100_000
const LONGEST_ID = 200
const LONGEST_ROW = 10_000

/**
 * Reads `user_id,directory_user_id` as it comes, never all of it at once; other columns are passed over. What follows a
 * row that is no CSV is not read. Throws Refusal where the header lacks a column, and where there are too many rows.
 */
export async function* readLinkCsv(csv: AsyncIterable<Uint8Array | string>): AsyncGenerator<CsvLink> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  })
  const feeding = pipeline(Readable.from(csv), parser)
  feeding.catch(() => {}) // told below, where the parser is read
  let columns: Columns | null = null
  let rows = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns === null) {
        columns = columnsOf(record)
        continue
      }
      if ((rows += 1) > MOST_ROWS) throw invalidFile(`must have ${MOST_ROWS} rows at the most`)
      yield linkOf(record, info.lines, columns)
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error.lines === 'number' ? error.lines : 0
    if (columns === null) throw invalidFile(`is no CSV: see line ${line}`)
    yield { line, userId: '', directoryUserId: '', problem: 'MALFORMED' }
  } finally {
    parser.destroy()
  }
  if (columns === null) throw invalidFile('is empty')
}

// Control characters, halves of characters, and what stands for bytes that are no UTF-8: in a file of another encoding `josé` and
// `josè` would become one id.
const UNUSABLE = /[\p{Cc}\p{Cs}\uFFFD]/u

interface Columns {
  readonly user: number
  readonly directoryUser: number
  readonly least: number
}

function columnsOf(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim().toLowerCase())
  const [user, directoryUser] = [names.indexOf('user_id'), names.indexOf('directory_user_id')]
  if (user === -1 || directoryUser === -1) throw invalidFile('must begin with the line user_id,directory_user_id')
  return { user, directoryUser, least: Math.max(user, directoryUser) + 1 }
}

function linkOf(record: readonly string[], line: number, { user, directoryUser, least }: Columns): CsvLink {
  const field = (place: number) => restore((record[place] ?? '').trim())
  const [userId, directoryUserId] = [field(user), field(directoryUser)]
  const fits = (id: string) => id.length <= LONGEST_ID && !UNUSABLE.test(id)
  if (record.length < least || directoryUserId === '' || !fits(directoryUserId))
    return { line, userId: '', directoryUserId: '', problem: 'MALFORMED' }
  if (userId === '' || !fits(userId)) return { line, userId: '', directoryUserId, problem: 'INVALID_USER_ID' }
  return { line, userId, directoryUserId }
}

function invalidFile(message: string): Refusal {
  return invalid({ path: ['csv'], message })
}
