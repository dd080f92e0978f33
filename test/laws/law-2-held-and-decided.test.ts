// Law 2 with the guard in between: what it holds is only put off.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createGuardOperations } from '../../src/guard/guard-operations.ts'
import { expectMirror } from './expect-mirror.ts'
import { arrivalsIn, directoryIds, foundingOf, history, tell, type History, type Told } from './history.ts'
import { startTwoWriters, usePools } from './two-writers.ts'

const HISTORIES = process.env.LONG_TESTS === undefined ? 6 : 300
const LIMIT_MS = HISTORIES * 4_000

const pools = usePools()
let run = 0

type Happening = History['deeds'][number]

/** What somebody does about what is held, each time that some events have come in. */
type Deed = 'nothing' | 'approve' | 'reject'

interface Case {
  readonly history: History
  /** How many may leave, and how many memberships may end, without anybody's approval. */
  readonly minimum: number
  /** What is done, turn by turn. */
  readonly deeds: readonly Deed[]
}

const cases = (...deeds: Deed[]): fc.Arbitrary<Case> =>
  fc.record({
    history,
    minimum: fc.constantFrom(0, 0, 1, 2),
    deeds: fc.array(fc.constantFrom<Deed>('nothing', 'nothing', ...deeds), { minLength: 1, maxLength: 8 }),
  })

const happening = (what: Happening['what'], userValues: Happening['userValues'] = {}): Happening => ({
  what,
  directory: 1,
  user: 0,
  group: 0,
  userValues,
  groupValues: {},
  directoryValues: {},
  omit: { user: [], group: [] },
  after: 0,
  tie: 0,
  arrivals: [{ phase: 0, place: 0 }],
})
/** Somebody's leaving is held when their whole directory goes. */
const GOES_WITH_DIRECTORY: Case = {
  history: {
    deeds: [happening('hire', { state: 'suspended' }), happening('delete directory')],
    chunk: 1,
    batchSizes: [1, 1],
  },
  minimum: 0,
  deeds: ['nothing'],
}

/** Delivers a history to two writers whose guard lets so few pass, and somebody decides meanwhile and at the end. */
async function live(one: Case, last: Exclude<Deed, 'nothing'>): Promise<{ told: Told[]; ids: string[]; held: number }> {
  run += 1
  const founding = foundingOf(run)
  const told = [...founding, ...tell(one.history, run)]
  const ids = directoryIds(run)
  const failures: string[] = []
  const guard = { minimum: one.minimum, percent: 0, windowMs: 600_000 }
  const writers = startTwoWriters(pools, one.history.batchSizes, (error) => failures.push(error), guard)
  const operations = createGuardOperations({
    db: pools[1],
    now: () => new Date(),
    onRunDecided: () => {},
    onReleased: () => writers.nudge(),
  })
  const decide = async (deed: Deed) => {
    for (const id of ids) if (deed !== 'nothing') await operations[deed](id, 'test')
  }
  try {
    await writers.deliver(0, arrivalsIn(founding, 0))
    await writers.settled()
    let turn = 0
    for (const phase of [0, 1, 2]) {
      const bodies = arrivalsIn(told.slice(founding.length), phase)
      for (let from = 0; from < bodies.length; from += one.history.chunk) {
        await writers.deliver(from / one.history.chunk, bodies.slice(from, from + one.history.chunk))
        if (turn % 2 === 0) await writers.settled()
        await decide(one.deeds[(turn += 1) % one.deeds.length]!)
      }
    }
    await writers.settled()
    // Once is enough: what was decided on is not held again, and nothing else comes.
    await decide(last)
    await writers.settled()
    expect(failures).toEqual([])
  } finally {
    await writers.close()
  }
  const { rows } = await pools[0].pool.query<{ held: number; waits: number }>(
    `select count(*) filter (where held_at is not null) as held, count(*) filter (where status in ('HELD', 'PENDING')) as waits
     from inbox_event where directory_id = any($1)`,
    [ids],
  )
  expect(rows[0]!.waits).toBe(0)
  return { told, ids, held: rows[0]!.held }
}

async function expectState(told: readonly Told[], ids: readonly string[]): Promise<void> {
  await expectMirror(pools[0].pool, told, ids)
  const { rows: clock } = await pools[0].pool.query(
    'select max(c.position) = count(*) and max(c.position) = (select position from change_clock) as whole from change c',
  )
  expect(clock, 'positions without a gap (law 5)').toEqual([{ whole: true }])
}

const parameters = {
  numRuns: HISTORIES,
  // So that shrinking a failure ends in time for its seed to be printed.
  interruptAfterTimeLimit: LIMIT_MS,
  markInterruptAsFailure: true,
}

test(
  'Law 2: held and then approved, whenever that is, ends in the same state as never held',
  { timeout: LIMIT_MS + 30_000 },
  async () => {
    let held = 0
    await fc.assert(
      fc.asyncProperty(cases('approve'), async (one) => {
        const lived = await live(one, 'approve')
        held += lived.held
        await expectState(lived.told, lived.ids)
      }),
      { ...parameters, examples: [[GOES_WITH_DIRECTORY]] },
    )
    expect(held, 'it would prove nothing').toBeGreaterThan(HISTORIES)
  },
)

test(
  'Law 2: held and then rejected, the state is that of the history without what was discarded',
  { timeout: LIMIT_MS + 30_000 },
  async () => {
    let discarded = 0
    await fc.assert(
      fc.asyncProperty(cases('approve', 'reject'), async (one) => {
        const { told, ids } = await live(one, 'reject')
        const { rows } = await pools[0].pool.query<{ id: string }>(
          `select id from inbox_event where directory_id = any($1) and status = 'DISCARDED'`,
          [ids],
        )
        const gone = new Set(rows.map(({ id }) => id))
        discarded += gone.size
        await expectState(
          told.filter(({ event }) => !gone.has(event.id)),
          ids,
        )
      }),
      parameters,
    )
    expect(discarded, 'it would prove nothing').toBeGreaterThan(HISTORIES / 2)
  },
)

test(
  'Law 2: where nothing may go without approval, nobody ever goes, in whatever order and batches it is told',
  { timeout: LIMIT_MS + 30_000 },
  async () => {
    let discarded = 0
    await fc.assert(
      fc.asyncProperty(cases('reject'), async ({ history: { deeds, ...rest }, ...one }) => {
        // Who deletes a whole directory is not asked.
        const kept = deeds.filter(({ what }) => what !== 'delete directory')
        const { ids } = await live({ ...one, minimum: 0, history: { ...rest, deeds: kept } }, 'reject')
        const { rows } = await pools[0].pool.query<{ count: number }>(
          `select count(*) from inbox_event where directory_id = any($1) and status = 'DISCARDED'`,
          [ids],
        )
        discarded += rows[0]!.count
        const left = await pools[0].pool.query(
          `select c.kind, c.user_id, c.group_id, c.event_id from change c
           where c.directory_id = any($1) and c.kind in ('DIRECTORY_USER_DELETED', 'DIRECTORY_USER_DEACTIVATED', 'MEMBERSHIP_REMOVED')
             and exists (select from change f where f.directory_id = c.directory_id and f.user_id = c.user_id and f.event_id = any($2)
                         and f.group_id is not distinct from c.group_id)`,
          [ids, foundingOf(run).map(({ event }) => event.id)],
        )
        expect(left.rows).toEqual([])
      }),
      parameters,
    )
    expect(discarded, 'it would prove nothing').toBeGreaterThan(HISTORIES)
  },
)
