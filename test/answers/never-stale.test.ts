import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { learnOrganizations } from '../../src/pull/learn-organizations.ts'
import { purgeChanges } from '../../src/retention/purge-changes.ts'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { directoryIds, foundingOf, history, tell, type Told } from '../laws/history.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { lookupsOf } from './lookups.ts'
import { questionsOf } from './questions.ts'

const HISTORIES = process.env.LONG_TESTS === undefined ? 2 : 600
const LIMIT_MS = HISTORIES * 60_000

// What the guard holds would only make histories shorter.
const env = { GUARD_MINIMUM: '1000000' }
let truthful: TestApp
let instances: readonly [TestApp, TestApp]
let keys: string[]
beforeAll(async () => {
  truthful = await startTestApp({ env: { ...env, ANSWER_CACHE_BYTES: '0' } })
  const { connectionString } = truthful
  instances = [await startTestApp({ env, connectionString }), await startTestApp({ env, connectionString })]
  keys = [await truthful.key('org_a'), await truthful.key('org_b'), await truthful.key(null)]
})
afterAll(async () => {
  for (const app of [...instances, truthful]) await app.close()
})

/** What comes in between of what somebody does, or of what is done by itself. */
const deeds = {
  nothing: async () => {},
  'map an attribute': (ids: readonly string[]) => remap(ids[0]!, '["/username"]'),
  'map it as before': (ids: readonly string[]) => remap(ids[0]!, 'null'),
  'forget the deleted': async () => {
    while (await purgeTombstones(truthful.db.pool, new Date('2100-01-01'), new Date()));
  },
  'forget changes': () => purgeChanges(truthful.db.pool, new Date('2100-01-01')),
  'learn what organizations are called': async () => {
    const name = `Acme ${Math.random()}`
    await truthful.db.pool.query('update organization set asked_at = null')
    const api = { organizationName: () => Promise.resolve(name) }
    await learnOrganizations({ db: truthful.db, snapshot: api, now: () => new Date(), stopped: () => false })
  },
} as const
type Deed = keyof typeof deeds

async function remap(directoryId: string, pointers: string): Promise<void> {
  const input = `{ directoryId: "${directoryId}", attribute: "department", pointers: ${pointers} }`
  await ask(truthful.url, keys[2]!, `mutation { updateAttributeMapping(input: ${input}) { __typename } }`)
}

test(
  'no instance ever gives an answer from memory that the database would not give now, whatever happens to what it holds',
  { timeout: LIMIT_MS + 30_000 },
  async () => {
    let run = 0
    const deed = fc.constantFrom<Deed>(...(Object.keys(deeds) as Deed[]))
    const property = fc.asyncProperty(history, fc.array(deed, { minLength: 4, maxLength: 12 }), async (one, done) => {
      run += 1
      const told = [...foundingOf(run).filter((_, n) => n % 2 === 0), ...tell(one, run)]
      const questions = questionsOn(run, told)
      for (const [step, bodies] of stepsOf(told, one.chunk).entries()) {
        await Promise.all(bodies.map((body, n) => instances[n % 2]!.deliver(body)))
        await truthful.applied()
        expect(await findLies(questions)).toEqual([])
        await deeds[done[step % done.length]!](directoryIds(run))
        await truthful.applied()
        expect(await findLies(questions)).toEqual([])
      }
    })
    await fc.assert(property, {
      numRuns: HISTORIES,
      interruptAfterTimeLimit: LIMIT_MS,
      markInterruptAsFailure: true,
      endOnFailure: process.env.LONG_TESTS === undefined,
    })
  },
)

function questionsOn(run: number, told: readonly Told[]): string[] {
  const text = JSON.stringify(told.map(({ event }) => event))
  const idOf = (kind: string) => new RegExp(`directory_${kind}_[0-9A-Z]+`).exec(text)?.[0] ?? `directory_${kind}_none`
  const [first, second] = directoryIds(run)
  return questionsOf([first!, second!], idOf('user'), idOf('group'))
}

function stepsOf(told: readonly Told[], chunk: number): string[][] {
  const bodies = told
    .flatMap(({ event, arrivals }) => arrivals.map((arrival) => ({ ...arrival, body: JSON.stringify(event) })))
    .sort((a, b) => a.phase - b.phase || a.place - b.place)
    .map(({ body }) => body)
  const size = Math.max(chunk, Math.ceil(bodies.length / 8))
  return Array.from({ length: Math.ceil(bodies.length / size) }, (_, n) => bodies.slice(n * size, (n + 1) * size))
}

/** Of four that ask, the first gets what was kept before, if it is still true; the last is answered from memory. */
async function findLies(questions: readonly string[]): Promise<object[]> {
  const asked = keys.flatMap((key) => questions.map((question) => ({ key, question })))
  const ofAll = (app: TestApp) => Promise.all(asked.map(({ key, question }) => ask(app.url, key, question)))
  const truths = await ofAll(truthful)
  for (const { errors } of truths) expect(errors).toBeUndefined()
  const lies: object[] = []
  for (const app of instances) {
    const before = await lookupsOf(app, keys[2]!)
    for (const turn of [1, 2, 3, 4])
      for (const [index, { data, errors }] of (await ofAll(app)).entries())
        if (!isDeepStrictEqual(data, truths[index]!.data))
          lies.push({ turn, ...asked[index], data, errors, truth: truths[index]!.data })
    // So that none of this holds only because nothing is kept.
    const after = await lookupsOf(app, keys[2]!)
    if (after.hit - before.hit < asked.length) lies.push({ before, after })
  }
  return lies
}
