import { openConnection, type Reply } from './connection.ts'

export interface Load {
  readonly port: number
  readonly connections: number
  /** Returns the next request; null: there are no more. */
  readonly next: () => Buffer | null
  /** How long to go on; by default, until there are no more requests. */
  readonly ms?: number
}

const ERRORS = Buffer.from('"errors":')

/** Sends as fast as responses come. Returns responses per second; throws at the first bad one. */
export async function saturate({ port, connections, next, ms = 120_000 }: Load): Promise<number> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  let answered = 0
  const began = performance.now()
  const deadline = began + ms
  try {
    await Promise.all(
      open.map(async (connection) => {
        while (performance.now() < deadline) {
          const request = next()
          if (request === null) return
          mustBeGood(await connection.send(request))
          answered += 1
        }
      }),
    )
  } finally {
    for (const connection of open) connection.close()
  }
  return answered / ((performance.now() - began) / 1_000)
}

export function mustBeGood({ status, bytes }: Reply): void {
  if (status === 200 && !bytes.includes(ERRORS)) return
  throw new Error(`The server answered ${status}: ${bytes.toString('utf8', 0, 600)}`)
}
