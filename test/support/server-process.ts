import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { webhookSecret } from './app.ts'
import { QUIET } from './quiet.ts'

/** `node src/main.js` as a separate process. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** Sends the signal, waits for the end, and returns the exit code: null if the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url))

/** Starts a server for this test and returns it once it listens. Throws its output if it does not come up. */
export async function startServerProcess(
  connectionString: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [program], {
    cwd: tmpdir(),
    env: {
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: connectionString,
      WORKOS_API_KEY: 'sk_test',
      WORKOS_API_BASE_URL: 'http://127.0.0.1:9',
      WORKOS_WEBHOOK_SECRET: webhookSecret,
      ...QUIET,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = exitOf(child)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const lines = createInterface(child.stdout)
  const url = await Promise.race([listening(lines), ended.then(() => null)])
  if (url === null) throw new Error(`The server did not come up:\n${said}`)
  return {
    url,
    pid: child.pid!,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

// Keeps reading afterwards, so that a server that logs much never waits for its reader.
function listening(lines: ReturnType<typeof createInterface>): Promise<string> {
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string }
      if (msg === 'listening') resolve(url!)
    })
  })
}
