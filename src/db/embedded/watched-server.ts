import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fchownSync, fstatSync, openSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { serverEnvironment } from './initialise.ts'
import { lockLines } from './stale-lock.ts'

// A shell starts a second one that watches, and then becomes the server itself, so that `$$` is the server's id. The
// watcher waits for a line on fd 3, a pipe from this process. When this process ends, in whatever way, the kernel
// closes the pipe, the wait fails, and the server gets SIGINT, its quick and clean shutdown. The watcher is started by
// a shell that ends at once, so that it is not a child of the server, which would take its end for a child's crash.
const WATCHED = '( (read -r _ <&3 || kill -INT $$) & ); exec "$0" "$@" 3<&-'

export interface ServerCommand {
  /** The folder of PostgreSQL's executables. */
  readonly programs: string
  readonly data: string
  /** The file that the server's output is appended to. */
  readonly log: string
  readonly account: Account | null
  readonly settings: Record<string, string>
}

export interface WatchedServer {
  readonly pid: number
  /** Resolves when the server has ended, in whatever way; never rejects. */
  readonly exited: Promise<void>
  /** Sends a signal and waits for the end. Does nothing if the server has already ended. */
  end(signal: NodeJS.Signals): Promise<void>
}

/**
 * Runs a server that neither outlives this process nor keeps it alive. Returns it once it accepts connections, which
 * after a crash may take as long as the repair of its data; or its output if it ended before. Throws if it could not be
 * run at all.
 */
export async function runWatched(command: ServerCommand): Promise<WatchedServer | string> {
  const log = openSync(command.log, 'a', 0o600)
  if (command.account !== null) fchownSync(log, command.account.uid, command.account.gid)
  const { size } = fstatSync(log)
  const child = spawnWatched(command, log)
  closeSync(log)
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  await once(child, 'spawn')
  const pipe = child.stdio[3] as Socket
  pipe.on('error', () => {}) // the watcher ended first
  void exited.then(() => pipe.end('\n')) // ends the watcher too, without a signal to whatever has the id by then
  if (!(await isReady(child, command.data))) return readFileSync(command.log).subarray(size).toString()
  pipe.unref()
  child.unref()
  return {
    pid: child.pid!,
    exited,
    async end(signal) {
      child.ref()
      child.kill(signal)
      await exited
    },
  }
}

// The server has a session of its own, so a Ctrl+C in the terminal reaches this process alone.
function spawnWatched({ programs, data, account, settings }: ServerCommand, log: number): ChildProcess {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return spawn('/bin/sh', ['-c', WATCHED, join(programs, 'postgres'), '-D', data, ...options], {
    ...account,
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
  })
}

async function isReady(child: ChildProcess, data: string): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const lines = lockLines(join(data, 'postmaster.pid'))
    if (Number(lines[0]) === child.pid && lines[7] === 'ready') return true
    await sleep(5)
  }
  return false
}
