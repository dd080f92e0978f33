import { rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverAccount } from './account.ts'
import { initialise, refuseUnusable } from './initialise.ts'
import { makeHome, makeSocketFolder } from './make-home.ts'
import { findDistribution, stagePrograms } from './stage-programs.ts'
import { removeStaleLock } from './stale-lock.ts'
import { runWatched, type ServerCommand, type WatchedServer } from './watched-server.ts'

const PORT = '5432' // names the socket; nothing listens on the network
const PATIENCE = 15_000
const UNREMARKABLE = 1_000
const RETRY = 150
const HELD = /lock file .* (already exists|is empty)|shared memory block .* still in use/

/** A running private PostgreSQL server. Its only role, `postgres`, needs no password. */
export interface EmbeddedPostgres {
  /** The server's process id. */
  readonly pid: number
  /** Resolves when the server has ended, on request or not; never rejects. */
  readonly exited: Promise<void>
  /** The folder of the server's socket. `pg` takes it as `host`, with port 5432 and user `postgres`. */
  readonly host: string
  /** The address of the named database (which this does not create), for both `pg` and Prisma. */
  readonly url: (database: string) => string
  /** Stops the server cleanly: rolls back open transactions, closes connections, keeps the data. May be repeated. */
  readonly stop: () => Promise<void>
  /** Stops the server at once and removes its folder with all data. */
  readonly destroy: () => Promise<void>
}

/** What to do while another process's server runs on the folder. */
export interface Wait {
  /** When aborted, the wait ends by throwing its reason. */
  readonly signal?: AbortSignal
  /** Called once, if it takes more than a moment, with the longest possible wait in milliseconds. */
  readonly onWait?: (milliseconds: number) => void
}

/** Another process's server kept running on the folder. */
export class FolderInUseError extends Error {
  readonly dir: string

  constructor(dir: string, said: string) {
    super(`Another process's PostgreSQL is running on ${dir}:\n${said}`)
    this.name = 'FolderInUseError'
    this.dir = dir
  }
}

/**
 * Starts the PostgreSQL that npm installed, as a child of this process: nothing to set up, no port, no password.
 * However this process ends, SIGKILL included, the server ends right after it, and what it acknowledged survives to the
 * next start.
 *
 * `dir` is the folder for its data, created if missing. A folder beside it holds PostgreSQL's programs, shared by every
 * `dir` of the same parent. For root, `dir` becomes a link to a folder under /var/lib/rollcall, and the server runs as
 * the account `nobody`. `settings` are PostgreSQL's own, by name; they cannot set the server's address, and the time
 * zone is UTC unless they say otherwise.
 *
 * One folder has one server. While another process's server runs, this waits to take over, for at most 15 seconds.
 *
 * Throws if there is no PostgreSQL for the platform (the message says to set DATABASE_URL), if `dir` belongs to another
 * user or to another major version, and, with PostgreSQL's words, if it does not start; throws FolderInUseError if
 * `dir` is in use for longer.
 */
export async function startPostgres(
  dir: string,
  settings: Record<string, string> = {},
  wait: Wait = {},
): Promise<EmbeddedPostgres> {
  const distribution = findDistribution()
  const given = resolve(dir)
  const home = makeHome(given)
  const data = join(home, 'data')
  const account = serverAccount(data)
  const programs = await stagePrograms(dirname(home), distribution, account)
  await initialise({ data, programs, account, sync: settings.fsync !== 'off' })
  refuseUnusable(given, data, account, distribution.major)
  const host = makeSocketFolder(home, account)
  const log = join(home, 'postgres.log')
  const server = await takeOver(
    given,
    { programs, data, log, account, settings: { timezone: 'UTC', ...settings, ...addressOf(host) } },
    host,
    wait,
  )
  return {
    pid: server.pid,
    exited: server.exited,
    host,
    url: (database) =>
      `postgresql://postgres@/${encodeURIComponent(database)}?host=${encodeURIComponent(host)}&port=${PORT}`,
    stop: () => server.end('SIGINT'),
    destroy: async () => {
      await server.end('SIGQUIT')
      for (const folder of [home, host, given]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function addressOf(host: string): Record<string, string> {
  return { listen_addresses: '', unix_socket_directories: `"${host.replaceAll('"', '""')}"`, port: PORT }
}

// The server of a process that was just killed may still be shutting down. PostgreSQL itself refuses to run twice on
// one folder, so retry until it starts.
async function takeOver(dir: string, command: ServerCommand, host: string, wait: Wait): Promise<WatchedServer> {
  const locks = [join(command.data, 'postmaster.pid'), join(host, `.s.PGSQL.${PORT}.lock`)]
  const begun = Date.now()
  for (let told = false; ; await sleep(RETRY, undefined, { signal: wait.signal })) {
    for (const lock of locks) removeStaleLock(lock, command.data)
    const started = await runWatched(command)
    if (typeof started !== 'string') return started
    if (!HELD.test(started)) throw new Error(`PostgreSQL did not start on ${dir}:\n${started}`)
    if (Date.now() - begun > PATIENCE) throw new FolderInUseError(dir, started)
    if (!told && Date.now() - begun > UNREMARKABLE) {
      told = true
      wait.onWait?.(PATIENCE)
    }
  }
}
