import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'
import type { Authenticate } from '../auth/authenticate.ts'
import { hasScope, type Viewer } from '../auth/viewer.ts'
import type { CredentialWatch } from '../auth/watch-credentials.ts'
import type { Queryable } from '../db/database.ts'
import { isOrganization } from '../exports/is-organization.ts'
import { readExport } from '../exports/read-export.ts'
import { EXPORTS, type Exported } from '../exports/tables.ts'
import { defuse } from '../text/csv-text.ts'
import { searchOf } from './request-url.ts'
import { RequestError, respondFailure } from './respond-failure.ts'

interface ExportRouteOptions {
  readonly db: Queryable
  readonly authenticate: Authenticate
  readonly watch: CredentialWatch
  readonly now: () => Date
  /** Aborted when the server shuts down; an export in progress must be requested again. */
  readonly closing: AbortSignal
  readonly onError: (error: unknown) => void
}

/**
 * `GET /export?what=accounts|links|groups|members|mappings|grants`, optionally of one `organizationId`: streams CSV
 * (RFC 4180), never held in memory as a whole. Needs the scope `directory:read`. Errors are JSON as long as nothing was
 * sent; later ones break the connection, so that a partial response is not mistaken for a complete one.
 */
export function createExportRoute(options: ExportRouteOptions) {
  const { db, watch, now, closing, onError } = options

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const ended = new AbortController()
    let watching: { close(): void } | null = null
    try {
      const viewer = await viewerOf(request, options)
      watching = watch.watch(viewer, () => ended.abort())
      const { what, organizationId } = await readRequest(request, viewer, db)
      const pages = readExport(db, what, organizationId)
      const first = await pages.next() // an immediate failure is reported as an error
      response.writeHead(200, {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${fileName(what, organizationId, now())}"`,
        'cache-control': 'no-store',
      })
      const text = Readable.from(toText(what, first, pages), { highWaterMark: 1 })
      await pipeline(text, response, { signal: AbortSignal.any([ended.signal, closing]) })
    } catch (error) {
      // Nothing is sent if either side closed the connection.
      if (response.headersSent) {
        if (!response.destroyed) response.destroy()
        if (!isHangUp(error)) onError(error)
      } else respondFailure(response, error, 'Something went wrong here', onError)
    } finally {
      watching?.close()
    }
  }
}

async function viewerOf({ method, headers }: IncomingMessage, { authenticate }: ExportRouteOptions): Promise<Viewer> {
  if (method !== 'GET') throw new RequestError(405, 'Exports must be requested with GET', { allow: 'GET' })
  const viewer = await authenticate(headers.authorization ?? null)
  if (!hasScope(viewer, 'directory:read')) throw new RequestError(403, 'This needs the scope directory:read')
  return viewer
}

const PARAMETERS = new Set(['what', 'format', 'organizationId'])

async function readRequest({ url = '' }: IncomingMessage, viewer: Viewer, db: Queryable) {
  const search = searchOf(url)
  // A filter that is ignored would hand one customer's file everybody's rows.
  for (const name of search.keys())
    if (!PARAMETERS.has(name) || search.getAll(name).length > 1)
      throw new RequestError(400, `${name}: must be one of ${[...PARAMETERS].join(', ')}, given once`)
  const what = search.get('what') ?? ''
  if (!isExported(what)) throw new RequestError(400, `what: must be one of ${Object.keys(EXPORTS).join(', ')}`)
  if ((search.get('format') ?? 'csv') !== 'csv') throw new RequestError(400, 'format: must be csv')
  const asked = search.get('organizationId') ?? viewer.organizationId
  // Whether another organization exists is not revealed (law 8).
  if (viewer.organizationId !== null && asked !== viewer.organizationId)
    throw new RequestError(403, 'You can export only your own organization')
  if (asked !== null && viewer.organizationId === null && !(await isOrganization(db, asked)))
    throw new RequestError(404, `There is no organization ${asked}`)
  return { what, organizationId: asked }
}

const isExported = (what: string): what is Exported => Object.hasOwn(EXPORTS, what)

type Pages = ReturnType<typeof readExport>

async function* toText(what: Exported, first: Awaited<ReturnType<Pages['next']>>, rest: Pages): AsyncGenerator<string> {
  yield lines([Object.keys(EXPORTS[what].columns)])
  if (first.done === true) return
  yield lines(first.value)
  for await (const page of rest) yield lines(page)
}

function lines(rows: readonly (readonly (string | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => defuse(cell ?? '')))
  return stringify(cells, { record_delimiter: '\r\n', quoted_match: /[\r\n]/ })
}

function fileName(what: Exported, organizationId: string | null, now: Date): string {
  const whose = organizationId === null ? [] : [organizationId.replaceAll(/[^\w.-]/g, '_')]
  return `${[what, ...whose, now.toISOString().slice(0, 10)].join('-')}.csv`
}

function isHangUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR' || code === 'ECONNRESET' || code === 'EPIPE'
}
