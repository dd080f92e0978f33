import { finished } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import type { LinkImportRequest, LinkProblemKind } from '../operations/account-operations.ts'
import { isGivenId } from '../operations/given-id.ts'
import { invalid } from '../operations/refusal.ts'
import { restore } from '../text/csv-text.ts'

/** A row of the file; lines are numbered from 1, which is the header. */
export interface CsvLink {
  readonly line: number
  readonly userId: string
  readonly directoryUserId: string
  readonly problem?: Extract<LinkProblemKind, 'MALFORMED' | 'INVALID_USER_ID'>
}

/** Rows that a file may have. */
export const MAX_ROWS = 100_000
const LONGEST_ROW = 10_000

/**
 * Reads `user_id,directory_user_id` as a stream, never all of it at once; other columns are ignored. Nothing after a
 * row that is not valid CSV is read. Throws Refusal if the header lacks a column or there are too many rows.
 */
export async function* readLinkCsv(
  csv: LinkImportRequest['csv'],
  givenAs: LinkImportRequest['givenAs'],
): AsyncGenerator<CsvLink> {
  const invalidFile = (message: string) => invalid({ path: [givenAs], message })
  let columns: Columns | null = null
  let rows = 0
  for await (const { line, record } of readRecords(csv)) {
    if (columns === null) {
      if (record === null) throw invalidFile(`is not valid CSV: see line ${line}`)
      columns = columnsOf(record)
      if (columns === null) throw invalidFile('must begin with the line user_id,directory_user_id')
      continue
    }
    if ((rows += 1) > MAX_ROWS) throw invalidFile(`must have at most ${MAX_ROWS.toLocaleString('en')} rows`)
    yield record === null ? malformed(line) : linkOf(record, line, columns)
  }
  if (columns === null) throw invalidFile('is empty')
}

interface CsvRecord {
  /** The line that it begins on. */
  readonly line: number
  /** Null if it is not valid CSV; nothing follows it. */
  readonly record: readonly string[] | null
}

async function* readRecords(csv: AsyncIterable<Uint8Array | string>): AsyncGenerator<CsvRecord> {
  // Collected at once: on an error, the stream drops what it has parsed of the same chunk.
  const parsed: CsvRecord[] = []
  let next = 1
  let empty = 0
  // The parser's own count is of a record's last line, and counts each Windows line break within quotes twice.
  const advance = (emptyLines: number) => {
    next += emptyLines - empty
    empty = emptyLines
    return next
  }
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
    on_record(record: string[], { empty_lines }) {
      parsed.push({ line: advance(empty_lines), record })
      next += 1 + record.reduce((breaks, field) => breaks + (field.match(LINE_BREAK)?.length ?? 0), 0)
      return null
    },
  })
  const failed = finished(parser.resume()).then(
    () => null,
    (error: unknown) => error,
  )
  const feed = (piece: Uint8Array | string) =>
    new Promise<unknown>((resolve) => parser.write(piece, (error) => resolve(error ?? null)))
  let failure: unknown = null
  try {
    for await (const piece of csv) {
      failure = await feed(piece)
      yield* parsed.splice(0)
      if (failure !== null) break
    }
    if (failure === null) {
      parser.end()
      failure = await failed
      yield* parsed.splice(0)
    }
  } finally {
    parser.destroy()
  }
  if (failure === null) return
  if (!(failure instanceof CsvError)) throw failure
  yield { line: advance(Number(failure.empty_lines)), record: null }
}

const LINE_BREAK = /\r\n|[\r\n]/g

interface Columns {
  readonly user: number
  readonly directoryUser: number
  readonly least: number
}

function columnsOf(header: readonly string[]): Columns | null {
  const names = header.map((name) => name.trim().toLowerCase())
  const [user, directoryUser] = [names.indexOf('user_id'), names.indexOf('directory_user_id')]
  if (user === -1 || directoryUser === -1) return null
  return { user, directoryUser, least: Math.max(user, directoryUser) + 1 }
}

function linkOf(record: readonly string[], line: number, { user, directoryUser, least }: Columns): CsvLink {
  const field = (place: number) => restore((record[place] ?? '').trim())
  const [userId, directoryUserId] = [field(user), field(directoryUser)]
  if (record.length < least || !isGivenId(directoryUserId)) return malformed(line)
  if (!isGivenId(userId)) return { line, userId: '', directoryUserId, problem: 'INVALID_USER_ID' }
  return { line, userId, directoryUserId }
}

const malformed = (line: number): CsvLink => ({ line, userId: '', directoryUserId: '', problem: 'MALFORMED' })
