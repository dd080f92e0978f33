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

/** A running PostgreSQL server of one's own. It has one role, `postgres`, which needs no password. */
export interface EmbeddedPostgres {
  /** The server's process id. */
  readonly pid: number
  /** Settles when the server has ended, asked to or not; never fails. */
  readonly exited: Promise<void>
  /** The folder of the server's socket. `pg` takes it as `host`, with port 5432 and user `postgres`. */
  readonly host: string
  /** The address of the database of that name (which is not made by this), for `pg` and Prisma alike. */
  readonly url: (database: string) => string
  /** Ends the server cleanly: open transactions are rolled back, connections closed. Its data stay. May be repeated. */
  readonly stop: () => Promise<void>
  /** Ends the server at once and removes its folder with all data. */
  readonly destroy: () => Promise<void>
}

/** What to do while another process's server runs on the folder. */
export interface Wait {
  /** Gives up waiting when aborted, and throws its reason. */
  readonly signal?: AbortSignal
  /** Told once, where it takes more than a moment, how many milliseconds it will wait at the most. */
  readonly onWait?: (milliseconds: number) => void
}

/** Another process's server runs on the folder, and went on doing so. */
export class FolderInUseError extends Error {
  readonly dir: string

  constructor(dir: string, said: string) {
    super(`Another process's PostgreSQL is running on ${dir}:\n${said}`)
    this.dir = dir
  }
}

/**
 * Starts the PostgreSQL that npm installed, as a child of this process: nothing to set up, no port, no password.
 * However this process ends, SIGKILL included, the server ends right after it, and what it acknowledged is there at the
 * next start.
 *
 * `dir` is the folder for its data, made where it is missing. Beside it comes a folder with PostgreSQL's programs that
 * every `dir` of the same parent shares. Run by root, `dir` becomes a link to a folder under /var/lib/rollcall, and the
 * server runs as the account `nobody`. `settings` are PostgreSQL's own, by name; the server's address is not for them
 * to choose, and the time zone is UTC unless they say otherwise.
 *
 * One folder has one server. While another process's server runs, this waits to take over, for 15 seconds at the most.
 *
 * Throws where there is no PostgreSQL for the platform (the message says to set DATABASE_URL), FolderInUseError where
 * `dir` is in use for longer, where it belongs to another user or to another major version, and with PostgreSQL's words
 * where it does not start.
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

// The server of a process that was just killed may still be about to end. PostgreSQL itself refuses to be the second
// on one folder, so it is asked until it agrees.
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
