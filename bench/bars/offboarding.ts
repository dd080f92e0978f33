import { setTimeout as sleep } from 'node:timers/promises'
import { startTokenIssuer, type TokenIssuer } from '../../test/support/tokens.ts'
import type { Bar } from '../bench.ts'
import { openConnection, wire } from '../connection.ts'
import { delivery, userDeleted, userUpdated } from '../events.ts'
import { quantile, toRow, type Pair } from '../measure.ts'
import { pace } from '../pace.ts'
import { startRollcall } from '../rollcall.ts'
import { organizationId, USERS } from '../seed.ts'
import { authkitUserOf, createStaffed } from '../staff.ts'

const PER_SECOND = 500
/** One of this many events is about a leaver. */
const LEAVER_EVERY = 125
/** The promise: law 6. */
const PROMISED_MS = 1_000

/**
 * From sending the webhook of a deletion until the leaver, who keeps sending requests with their token, is refused.
 * There is no rival: it is compared with the promise.
 */
export const offboarding: Bar = {
  name: 'offboarding',
  async run(bench) {
    const { postgres, quick, note } = bench
    const issuer = await startTokenIssuer()
    try {
      const database = await createStaffed(postgres)
      await using server = await startRollcall(bench, database, issuer.env)
      const rounds: number[][] = []
      // Users of the first half stay, those of the other half leave.
      let next = USERS / 2
      for (let round = 0; round < (quick ? 2 : 5); round += 1) {
        const seconds = quick ? 2 : 10
        const took = await leave(server.port, issuer, seconds, next)
        if (round > 0) rounds.push(took) // the first one warms up
        next += (seconds * PER_SECOND) / LEAVER_EVERY
      }
      const about = { rival: 'law 6: one second', better: 'smaller', unit: 'ms', goal: 1 } as const
      const pick = (share: number) => rounds.map((took): Pair => [quantile(took, share), PROMISED_MS])
      histogramOf(rounds.flat()).forEach(note)
      return [
        toRow({ ...about, name: 'offboarding-median' }, pick(0.5)),
        toRow({ ...about, name: 'offboarding-p99' }, pick(0.99)),
      ]
    } finally {
      issuer.close()
    }
  },
}

/** One round. Returns how long each leaver was still let in, in milliseconds. */
async function leave(port: number, issuer: TokenIssuer, seconds: number, from: number): Promise<number[]> {
  const count = seconds * PER_SECOND
  const isLeaver = (n: number) => n % LEAVER_EVERY === LEAVER_EVERY - 1
  const leaverOf = (n: number) => from + Math.floor(n / LEAVER_EVERY)
  const tokens = new Map<number, string>()
  for (let n = 0; n < count; n += 1)
    if (isLeaver(n)) tokens.set(n, await issuer.token(authkitUserOf(leaverOf(n)), organizationId))
  const requests = Array.from({ length: count }, (_, n) =>
    delivery(isLeaver(n) ? userDeleted(leaverOf(n)) : userUpdated((n * 997) % (USERS / 2))),
  )
  const refused: Promise<number>[] = []
  const onSend = (n: number) => {
    const token = tokens.get(n)
    if (token === undefined) return
    const waiting = untilRefused(port, token)
    waiting.catch(() => {}) // awaited below
    refused.push(waiting)
  }
  await pace({ port, perSecond: PER_SECOND, requests, onSend })
  return Promise.all(refused)
}

const PATIENCE_MS = 30_000
/** Often enough to be precise, but not so often that the requests themselves are what is measured. */
const ASK_AGAIN_MS = 25

async function untilRefused(port: number, token: string): Promise<number> {
  const began = performance.now()
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const request = wire('POST', '/graphql', headers, '{"query":"{ viewer { id } }"}')
  const connection = await openConnection(port)
  try {
    for (;;) {
      const { status, bytes } = await connection.send(request)
      const took = performance.now() - began
      if (status === 401) return took
      if (status !== 200) throw new Error(`A leaver was answered ${status}: ${bytes.toString()}`)
      if (took > PATIENCE_MS) throw new Error('A leaver is let in for ever')
      await sleep(ASK_AGAIN_MS)
    }
  } finally {
    connection.close()
  }
}

const BOUNDS = [100, 200, 300, 400, 500, 600, 800, 1_000, Infinity]

function histogramOf(took: readonly number[]): string[] {
  return BOUNDS.map((bound, n) => {
    const least = BOUNDS[n - 1] ?? 0
    const many = took.filter((ms) => ms > least && ms <= bound).length
    const range = bound === Infinity ? `over ${least} ms` : `to ${bound} ms`
    return `${range.padStart(12)} ${String(many).padStart(4)} ${'#'.repeat(Math.ceil((many / took.length) * 60))}`
  })
}
