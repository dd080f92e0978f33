import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Account } from '../../../src/db/embedded/account.ts'
import { remember } from './left-behind.ts'

export type Report = { pid: number; host: string; url: string } | { error: string }

export interface Owner {
  /** A Node process that runs a server. */
  readonly process: ChildProcess
  /** The server, when it is ready. Rejects with what the owner's start rejected with. */
  readonly started: Promise<{ pid: number; url: string }>
  /** What the owner's start rejected with. */
  readonly refused: Promise<string>
}

interface OwnerOptions {
  /** owner.ts, or a copy of it. */
  readonly program?: string
  readonly node?: string
  readonly account?: Account
  readonly env?: NodeJS.ProcessEnv
  readonly fsync?: 'on' | 'off'
}

export const ownerProgram = fileURLToPath(new URL('owner.ts', import.meta.url))

/** Starts a Node process that starts a server on `dir`. It has a process group of its own, as a terminal's job has. */
export function spawnOwner(dir: string, options: OwnerOptions = {}): Owner {
  const { program = ownerProgram, node = process.execPath, account, env = process.env, fsync = 'on' } = options
  const child = fork(program, [dir, fsync], {
    ...account,
    env,
    cwd: '/',
    execPath: node,
    execArgv: [],
    silent: true,
    detached: true,
  })
  remember(child.pid)
  const report = hear(child)
  const started = report.then((it) => ('pid' in it ? it : Promise.reject(new Error(it.error))))
  const refused = report.then((it) => ('error' in it ? it.error : Promise.reject(new Error('it started'))))
  for (const promise of [started, refused]) promise.catch(() => {}) // a test awaits one of them, if any
  return { process: child, started, refused }
}

async function hear(child: ChildProcess): Promise<Report> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  // Unlike `exit` this comes after every message.
  const exit = once(child, 'disconnect').then((): Report => ({ error: `the owner ended without a word: ${said}` }))
  const message = once(child, 'message').then(([report]) => report as Report)
  const report = await Promise.race([message, exit])
  if ('pid' in report) remember(report.pid, report.host)
  return report
}
