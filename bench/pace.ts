import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection, type Connection } from './connection.ts'
import { mustBeGood } from './load.ts'

export interface Paced {
  readonly port: number
  readonly perSecond: number
  readonly requests: readonly Buffer[]
  /** Called with the number of a request when it is due, whether or not a connection is free for it. */
  readonly onSend: (n: number) => void
}

/** Sends each request when it is due, however long the others take. Throws at the first bad response. */
export async function pace({ port, perSecond, requests, onSend }: Paced): Promise<void> {
  const free: Connection[] = await Promise.all(Array.from({ length: 16 }, () => openConnection(port)))
  const all = new Set(free)
  const underWay: Promise<void>[] = []

  async function send(request: Buffer): Promise<void> {
    let connection = free.pop()
    while (connection?.isOpen() === false) connection = free.pop()
    connection ??= await openConnection(port)
    all.add(connection)
    mustBeGood(await connection.send(request))
    free.push(connection)
  }

  const began = performance.now()
  try {
    for (const [n, request] of requests.entries()) {
      // Perhaps a millisecond late: waiting to the microsecond would take half a core from those being measured.
      const early = began + (n / perSecond) * 1_000 - performance.now()
      if (early > 0) await sleep(early)
      onSend(n)
      const sending = send(request)
      sending.catch(() => {}) // awaited below
      underWay.push(sending)
    }
    await Promise.all(underWay)
  } finally {
    for (const connection of all) connection.close()
  }
}
