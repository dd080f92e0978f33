import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Asked, Opening, Told } from './messages.ts'

export interface Crowd extends AsyncDisposable {
  /**
   * Starts waiting until `count` sockets have received something. Throws if more messages came than expected last time;
   * `heard` rejects if they differ.
   */
  expect(count: number): Promise<{ readonly heard: Promise<Heard> }>
}

export interface Heard {
  /** When the last of them received it, by the machine's monotonic clock, in nanoseconds. */
  readonly at: bigint
  /** What they received, apart from their own ids. */
  readonly text: string
}

const PATIENCE_MS = 120_000

/** Opens many sockets in a separate process. */
export async function gather(opening: Opening): Promise<Crowd> {
  const child = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })

  async function told(): Promise<Told> {
    const [told] = (await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })) as [Told]
    if ('failed' in told) throw new Error(`The audience says: ${told.failed}`)
    return told
  }

  const ask = (asked: Asked) => {
    child.send(asked)
    return told()
  }

  const crowd: Crowd = {
    async expect(count) {
      await ask({ expect: count })
      const heard = told().then((said) => {
        if (!('last' in said)) throw new Error('The audience says what it was not asked')
        return { at: BigInt(said.last), text: said.text }
      })
      heard.catch(() => {}) // its own waiter gets the error
      return { heard }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
  try {
    await ask({ open: opening })
    return crowd
  } catch (error) {
    await crowd[Symbol.asyncDispose]()
    throw error
  }
}
