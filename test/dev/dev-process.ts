import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { lockLines } from '../../src/db/embedded/stale-lock.ts'
import { clusterFolder, isRunning, remember, scratchFolder } from '../db/embedded/left-behind.ts'
import { serversOn } from '../db/embedded/servers-on.ts'

/** `npm run dev` without npm: a process that leads a group of its own, as a terminal's foreground job does. */
export interface Dev {
  /** What it has said so far, on standard output and on standard error. */
  said(): string
  complained(): string
  /** Its addresses, once it says them. Throws what it complained of where it ends before. */
  readonly addresses: Promise<{ url: string; simulator: string }>
  /** The exit code, once it has ended; null where a signal ended it. */
  readonly exited: Promise<number | null>
  /** To the whole group, as a terminal does. Does nothing where it has ended. */
  signal(signal: NodeJS.Signals): void
}

const program = fileURLToPath(new URL('../../src/dev.ts', import.meta.url))
const ADDRESSES = /GraphiQL at (http:\S+)\/graphql, fed by a simulated WorkOS at (http:\S+)\/_simulator/

export function startDev(cwd: string, env: Readonly<Record<string, string>> = {}): Dev {
  const child = spawn(process.execPath, [program], {
    cwd,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      TMPDIR: tmpdir(),
      PORT: '0',
      SIMULATOR_PORT: '0',
      DATA_DIR: 'data folder',
      SIMULATOR_PACE: '600',
      ...env,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [said, complained] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()))
  const exited = once(child, 'close').then(([code]) => code as number | null)
  const addresses = Promise.race([
    addressesOf(child, () => said),
    exited.then((code) => Promise.reject(new Error(`It ended with ${code}: ${complained}`))),
  ])
  addresses.catch(() => {}) // a test awaits it, or it does not
  const dev: Dev = {
    said: () => said,
    complained: () => complained,
    addresses,
    exited,
    signal: (signal) => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal)
    },
  }
  started.add(dev)
  return dev
}

async function addressesOf(child: ChildProcess, said: () => string) {
  for (;;) {
    const [, url, simulator] = ADDRESSES.exec(said()) ?? []
    if (url !== undefined && simulator !== undefined) return { url, simulator }
    await once(child.stdout!, 'data')
  }
}

const scratch = scratchFolder()
const started = new Set<Dev>()

afterAll(async () => {
  for (const dev of started) dev.signal('SIGKILL')
  await Promise.all([...started].map((dev) => dev.exited))
  // Their databases end right after them; only then can their folders be removed.
  for (const folder of databases) {
    for (const deadline = Date.now() + 10_000; runs(folder) && Date.now() < deadline;) await sleep(20)
  }
})

const databases: string[] = []
const runs = (folder: string) => existsSync(folder) && serversOn(folder).length > 0

/** A folder to develop in, named as a person may name it. */
export function workFolder(): string {
  const folder = mkdtempSync(join(scratch, 'my dev folder é '))
  databases.push(clusterFolder(databaseFolder(folder)))
  return folder
}

export const databaseFolder = (work: string): string => join(work, 'data folder', 'postgres')

/** The process id of the database's server. Throws where none runs. */
export function databasePid(work: string): number {
  const lines = lockLines(join(databaseFolder(work), 'data', 'postmaster.pid'))
  const [pid, host] = [Number(lines[0]), lines[4]]
  if (!isRunning(pid)) throw new Error(`No database runs on ${work}`)
  remember(pid, host)
  return pid
}
