import { spawn, type ChildProcess } from 'node:child_process'
import { on, once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  readonly port: number
}

export interface ChildOptions {
  /** The whole environment except PATH and HOME: settings in the caller's shell must not affect the measurement. */
  readonly env?: Readonly<Record<string, string>>
  /** Options of node itself. */
  readonly nodeArgs?: readonly string[]
}

const PATIENCE_MS = 30_000
const running = new Set<ChildProcess>()

/** Kills all children that still run. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL')
}
process.once('exit', endChildren)

/**
 * Runs a TypeScript file as a separate process, and resolves when it prints a line of JSON saying that it is listening,
 * and at which url. Later output is read and discarded. Disposing asks it to end, and kills it if it does not.
 */
export async function startChild(file: string, { env = {}, nodeArgs = [] }: ChildOptions = {}): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [...nodeArgs, path], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  try {
    const url = await listening(child)
    child.stdout.resume()
    return { pid: child.pid!, url, port: Number(new URL(url).port), [Symbol.asyncDispose]: () => end(child) }
  } catch (error) {
    await end(child)
    throw new Error(`${file} did not start`, { cause: error })
  }
}

async function listening(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }): Promise<string> {
  const lines = createInterface({ input: child.stdout })
  const failed = new AbortController()
  child.once('exit', (code) => failed.abort(new Error(`It ended with ${code}`)))
  const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(PATIENCE_MS)])
  try {
    // Not once(): it would miss the second of two lines that come together.
    for await (const [line] of on(lines, 'line', { signal }) as AsyncIterable<[string]>) {
      if (!line.startsWith('{')) continue
      const said = JSON.parse(line) as { msg?: string; url?: string }
      if (said.msg === 'listening' && said.url !== undefined) return said.url
    }
    throw new Error('It closed its output')
  } finally {
    lines.close()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await ended
  clearTimeout(timer)
}
