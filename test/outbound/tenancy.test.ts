// Law 8: an endpoint of an organization is told of its own alone.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { quiet, startSender, subscribe } from './endpoints.ts'
import { startReceiver, type Receiver } from './receiver.ts'

let app: TestApp
let [mine, theirs, all]: Receiver[] = []
let endpoint: string
beforeEach(async () => {
  app = await startSender()
  ;[mine, theirs, all] = [await startReceiver(), await startReceiver(), await startReceiver()]
  endpoint = await subscribe(app, mine, { organizationId: 'org_mine' })
  await subscribe(app, theirs, { organizationId: 'org_theirs' })
  await subscribe(app, all)
})
afterEach(() => app.close())

const own = (organization: string) => ({
  directory_id: `directory_${organization}`,
  organization_id: `org_${organization}`,
})
const announce = (organization: string, of: string, at: number) =>
  event('dsync.activated', directory({ id: `directory_${of}`, organization_id: `org_${organization}` }), at)

async function happens(...events: readonly object[]): Promise<void> {
  for (const one of events) await app.deliver(one)
  await app.applied()
  await quiet(app)
}
const told = (receiver: Receiver | undefined) => receiver!.received.map(({ data }) => data)
const TOLD = [
  'DIRECTORY_ACTIVATED',
  'DIRECTORY_USER_CREATED',
  'USER_PROVISIONED',
  'DIRECTORY_GROUP_CREATED',
  'MEMBERSHIP_ADDED',
  'DIRECTORY_USER_DELETED',
  'MEMBERSHIP_REMOVED',
  'USER_DEACTIVATED',
]
const isOfUser = ({ kind }: { kind?: unknown }) => String(kind).startsWith('DIRECTORY_USER_')
const organizations = (receiver: Receiver | undefined) =>
  new Set(told(receiver).map(({ organizationId }) => organizationId))

test("an endpoint of an organization is told of its own changes, and never of another's or of nobody's", async () => {
  for (const [index, organization] of ['mine', 'theirs'].entries()) {
    const [ada, ops] = [user(`${organization}_ada`, own(organization)), group(`${organization}_ops`, own(organization))]
    await happens(
      announce(organization, organization, 1),
      event('dsync.user.created', ada, 2 + index),
      event('dsync.group.created', ops, 2 + index),
      event('dsync.group.user_added', member(ops, ada, `directory_${organization}`), 4),
      event('dsync.user.deleted', ada, 5),
    )
  }
  await happens(event('dsync.activated', directory({ id: 'directory_nobody', organization_id: null }), 1))
  expect(organizations(mine)).toEqual(new Set(['org_mine']))
  expect(organizations(theirs)).toEqual(new Set(['org_theirs']))
  expect(organizations(all)).toEqual(new Set(['org_mine', 'org_theirs', null]))
  expect(
    told(mine)
      .map(({ kind }) => String(kind))
      .sort(),
  ).toEqual(TOLD.toSorted())
  expect(told(all).length).toBe(told(mine).length + told(theirs).length + 1)
  expect(JSON.stringify(told(mine))).not.toContain('theirs')
})

const Enable = graphql(`
  mutation TenancyEnable($id: ID!, $enabled: Boolean!) {
    updateWebhookEndpoint(input: { id: $id, enabled: $enabled }) {
      __typename
    }
  }
`)

test('after a directory has moved to another organization, what happens there is told there, and nothing of it here', async () => {
  const key = await app.key()
  const ada = (name: string, organization: string) =>
    user('mine_ada', { ...own('mine'), organization_id: `org_${organization}`, first_name: name })
  await happens(announce('mine', 'mine', 1), event('dsync.user.created', ada('Ada', 'mine'), 2))
  const before = told(mine).length
  // What happened here and is made a message of later, when the person is somebody else's.
  await query(app.url, key, Enable, { id: endpoint, enabled: false })
  await happens(event('dsync.user.updated', ada('Here', 'mine'), 3))
  await happens(announce('theirs', 'mine', 4), event('dsync.user.updated', ada('There', 'theirs'), 5))
  await query(app.url, key, Enable, { id: endpoint, enabled: true })
  await quiet(app)
  await happens(event('dsync.user.deleted', ada('There', 'theirs'), 6))

  const late = told(mine).slice(before).filter(isOfUser)
  expect(late).toMatchObject([{ kind: 'DIRECTORY_USER_UPDATED', previous: { firstName: 'Ada' }, directoryUser: null }])
  expect(organizations(mine)).toEqual(new Set(['org_mine']))
  expect(JSON.stringify(told(mine))).not.toContain('There')
  const there = told(theirs).filter(isOfUser)
  expect(there).toMatchObject([
    { kind: 'DIRECTORY_USER_UPDATED', directoryUser: { firstName: 'There' } },
    { kind: 'DIRECTORY_USER_DELETED', directoryUser: { firstName: 'There', state: 'DELETED' } },
  ])
})
