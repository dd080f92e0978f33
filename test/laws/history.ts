// Histories of a small company as WorkOS reports them, and how their events reach us: reordered, repeated, late.
import fc from 'fast-check'

export type Wire = Record<string, unknown>

export interface WireEvent {
  readonly id: string
  readonly event: string
  readonly created_at: string
  readonly data: Wire
}

/** When an event comes in: in which phase of the delivery, and where in it. */
export interface Arrival {
  readonly phase: number
  readonly place: number
}

export interface Told {
  readonly event: WireEvent
  readonly arrivals: readonly Arrival[]
}

export interface History {
  readonly deeds: readonly Deed[]
  /** How many events come in at once, and how many each writer takes into one transaction. */
  readonly chunk: number
  readonly batchSizes: readonly [number, number]
}

type Deed = typeof deed extends fc.Arbitrary<infer Value> ? Value : never

// Relative frequencies.
const deeds = {
  activate: 2,
  disconnect: 1,
  'delete directory': 1,
  hire: 4,
  'hire under a new id': 1,
  update: 3,
  'silently update': 1,
  leave: 3,
  found: 2,
  rename: 1,
  'silently rename': 1,
  dissolve: 2,
  join: 5,
  quit: 3,
}
type What = keyof typeof deeds
const what = fc.oneof(
  ...Object.entries(deeds).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as What) })),
)

const text = (...values: string[]) => fc.constantFrom(null, ...values)
const organization = fc.constantFrom('org_a', 'org_a', 'org_a', 'org_b', null)
const moment = fc.constantFrom(
  '2026-01-05T08:00:00.000Z',
  '2026-02-06 04:21:48.649164',
  '2026-03-07T23:59:59+02:00',
  null,
)

// Only the keys that are present change.
const userValues = fc.record(
  {
    organization_id: organization,
    idp_id: fc.constantFrom('idp-1', 'idp-2'),
    email: text('ada@example.com', 'bob@example.com'),
    first_name: text('Ada', 'Bob'),
    last_name: text('Lovelace'),
    name: text('Ada Lovelace', 'Åse Ünal'),
    username: text('ada'),
    job_title: text('Engineer'),
    emails: fc.constantFrom([], [{ primary: true, type: 'work', value: 'ada@example.com' }], null),
    state: fc.constantFrom('active', 'inactive', 'suspended'),
    custom_attributes: fc.constantFrom(
      {},
      { department_name: 'Engineering' },
      { username: 'mapped', department_name: null },
      { username: 7, tags: ['x', { y: 1.5, z: null }] },
      null,
    ),
    raw_attributes: fc.constantFrom({}, { a: 1 }, null),
    role: fc.constantFrom(null, { slug: 'member' }),
    roles: fc.constantFrom(null, [], [{ slug: 'admin' }, { slug: 'member' }, { slug: 'admin' }]),
    created_at: moment,
    updated_at: moment,
  },
  { requiredKeys: [] },
)

const groupValues = fc.record(
  {
    organization_id: organization,
    idp_id: fc.constantFrom('group-1', null),
    name: fc.constantFrom('Developers', 'Platform', 'Ops'),
    raw_attributes: fc.constantFrom({}, { displayName: 'Ops' }, null),
    created_at: moment,
    updated_at: moment,
  },
  { requiredKeys: [] },
)

const directoryValues = fc.record(
  {
    organization_id: organization,
    external_key: text('key'),
    name: fc.constantFrom('Okta', 'Entra', null),
    type: fc.constantFrom('okta scim v2.0', 'azure scim v2.0'),
    state: fc.constantFrom('active', 'active', 'active', 'linked', 'validating', 'invalid_credentials', 'unheard of'),
    domains: fc.constantFrom([], [{ object: 'organization_domain', id: 'org_domain_1', domain: 'example.com' }], null),
    domain: text('legacy.example.com'),
    created_at: moment,
    updated_at: moment,
  },
  { requiredKeys: [] },
)

const omitted = (keys: readonly string[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.subarray([...keys]) },
    { weight: 1, arbitrary: fc.constant([...keys]) },
  )

const userKeys = [
  'organization_id',
  'idp_id',
  'email',
  'first_name',
  'last_name',
  'name',
  'username',
  'job_title',
  'emails',
  'state',
  'custom_attributes',
  'raw_attributes',
  'role',
  'roles',
  'created_at',
  'updated_at',
  'directory_id',
]
const groupKeys = ['organization_id', 'idp_id', 'name', 'raw_attributes', 'created_at', 'updated_at', 'directory_id']

const deed = fc.record({
  what,
  directory: fc.nat({ max: 1 }),
  user: fc.nat({ max: 2 }),
  group: fc.nat({ max: 1 }),
  userValues,
  groupValues,
  directoryValues,
  omit: fc.record({ user: omitted(userKeys), group: omitted(groupKeys) }),
  /** Milliseconds since the deed before. */
  after: fc.constantFrom(0, 0, 1, 40, 31_000),
  /** Decides between events of one millisecond. */
  tie: fc.nat({ max: 9 }),
  arrivals: fc.array(fc.record({ phase: fc.nat({ max: 2 }), place: fc.nat({ max: 99 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
})

export const history: fc.Arbitrary<History> = fc.record({
  deeds: fc.array(deed, { minLength: 1, maxLength: 45, size: 'max' }),
  chunk: fc.integer({ min: 1, max: 20 }),
  batchSizes: fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })),
})

const BORN = '01JZ0000A0' // the time in every id: 2025-06-30
const START = Date.UTC(2026, 5, 25)

/** Ids that no other run has: many histories share a database. */
const idOf = (prefix: string, run: number, slot: string) => `${prefix}_${BORN}${`${run}`.padStart(8, '0')}${slot}`

export const directoryIds = (run: number) => [0, 1].map((index) => idOf('directory', run, `${index}`.padStart(8, '0')))

/** Returns WorkOS's events for the deeds: a company lives through them, and each event has the state at its time. */
export function tell(history: History, run: number): Told[] {
  const users = new Map<string, { generation: number; values: Wire }>()
  const groups = new Map<string, { values: Wire }>()
  let at = START
  return history.deeds.flatMap((deed, index) => {
    at += deed.after
    const directoryId = directoryIds(run)[deed.directory]!
    const slot = `${deed.directory}${deed.user}`
    const user = users.get(slot) ?? { generation: 0, values: { state: 'active', organization_id: 'org_a' } }
    users.set(slot, user)
    const group = groups.get(`${deed.directory}${deed.group}`) ?? { values: { name: 'Developers' } }
    groups.set(`${deed.directory}${deed.group}`, group)

    if (deed.what === 'hire under a new id') user.generation += 1
    if (deed.what.endsWith('hire') || deed.what.endsWith('update') || deed.what.endsWith('id'))
      Object.assign(user.values, deed.userValues)
    if (deed.what === 'found' || deed.what.endsWith('rename')) Object.assign(group.values, deed.groupValues)

    const userObject = without(deed.omit.user, {
      object: 'directory_user',
      id: idOf('directory_user', run, `${slot}${user.generation}`.padStart(8, '0')),
      directory_id: directoryId,
      ...user.values,
    })
    const groupObject = without(deed.omit.group, {
      object: 'directory_group',
      id: idOf('directory_group', run, `${deed.directory}${deed.group}`.padStart(8, '0')),
      directory_id: directoryId,
      ...group.values,
    })
    const own = { directory_id: directoryId } // required in an event about the object itself
    const directoryObject = { object: 'directory', id: directoryId, ...deed.directoryValues }
    const member = { ...own, user: userObject, group: groupObject }
    const said = sayOf(deed.what, directoryObject, { ...userObject, ...own }, { ...groupObject, ...own }, member)
    if (said === null) return []
    const { type, data } = said
    const id = `event_${BORN}${`${run}`.padStart(8, '0')}${deed.tie}${`${index}`.padStart(7, '0')}`
    return { event: { id, event: type, created_at: written(at, deed.tie), data: { ...data } }, arrivals: deed.arrivals }
  })
}

/** Returns the bodies that come in during a phase, in their order. */
export function arrivalsIn(told: readonly Told[], phase: number): string[] {
  return told
    .flatMap(({ event, arrivals }) => arrivals.map((arrival) => ({ ...arrival, body: JSON.stringify(event) })))
    .filter((arrival) => arrival.phase === phase)
    .sort((a, b) => a.place - b.place)
    .map(({ body }) => body)
}

/**
 * Returns what happened before any history: everybody that a history may mention exists, and is in each group. All of
 * it comes first.
 */
export function foundingOf(run: number): Told[] {
  return directoryIds(run).flatMap((directoryId, d) => {
    const own = { directory_id: directoryId, organization_id: 'org_a' }
    const users = [0, 1, 2].map((n) => ({ ...own, id: idOf('directory_user', run, `${d}${n}0`.padStart(8, '0')), state: 'active' })) // oxfmt-ignore
    const groups = [0, 1].map((n) => ({ ...own, id: idOf('directory_group', run, `${d}${n}`.padStart(8, '0')) }))
    const said: [type: string, data: Wire][] = [
      ...users.map((user): [string, Wire] => ['dsync.user.created', user]),
      ...groups.flatMap((group) =>
        users.map((user): [string, Wire] => ['dsync.group.user_added', { directory_id: directoryId, user, group }]),
      ),
    ]
    return said.map(([type, data], n) => ({
      event: {
        id: `event_${BORN}${`${run}`.padStart(8, '0')}F${d}${`${n}`.padStart(6, '0')}`,
        event: type,
        created_at: written(START - 60_000 + n, 0),
        data,
      },
      arrivals: [{ phase: 0, place: -1 }],
    }))
  })
}

function sayOf(what: What, directory: Wire, user: Wire, group: Wire, member: Wire) {
  switch (what) {
    case 'activate':
      return { type: 'dsync.activated', data: directory }
    case 'disconnect':
      return { type: 'dsync.deactivated', data: directory }
    case 'delete directory':
      return { type: 'dsync.deleted', data: directory }
    case 'hire':
    case 'hire under a new id':
      return { type: 'dsync.user.created', data: user }
    case 'update':
      return { type: 'dsync.user.updated', data: { ...user, previous_attributes: {} } }
    case 'leave':
      return { type: 'dsync.user.deleted', data: { ...user, ...('state' in user && { state: 'inactive' }) } }
    case 'found':
      return { type: 'dsync.group.created', data: group }
    case 'rename':
      return { type: 'dsync.group.updated', data: { ...group, previous_attributes: {} } }
    case 'dissolve':
      return { type: 'dsync.group.deleted', data: group }
    case 'silently update':
    case 'silently rename':
      return null
    case 'join':
      return { type: 'dsync.group.user_added', data: member }
    case 'quit':
      return { type: 'dsync.group.user_removed', data: member }
  }
}

function without(keys: readonly string[], object: Wire): Wire {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}

// The three formats in which WorkOS was seen to write a time.
function written(at: number, way: number): string {
  const text = new Date(at).toISOString()
  if (way % 3 === 0) return text
  if (way % 3 === 1) return text.replace('T', ' ').replace('Z', '417') // microseconds, and no zone
  return new Date(at + 7_200_000).toISOString().replace('Z', '+02:00')
}
