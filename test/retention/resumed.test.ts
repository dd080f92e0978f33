import { expect, test } from 'vitest'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { startTestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { overWebSocket } from '../support/live.ts'
import { directory, event, user } from '../support/events.ts'

interface Told {
  readonly changes: { readonly kind: string; readonly previous: unknown }
}

test('a subscriber that resumes before a purge is told nothing personal of whoever was purged', async () => {
  const app = await startTestApp()
  try {
    const key = await app.key()
    await app.deliver(event('dsync.activated', directory(), 0))
    await app.applied()
    const now = await ask<{ changes: { nodes: { cursor: string }[] } }, Record<string, never>>(app.url, key, '{ changes(last: 1) { nodes { cursor } } }') // oxfmt-ignore
    const variables = { after: now.data!.changes.nodes[0]!.cursor }
    const query = `subscription ($after: String) {
      changes(after: $after, filter: { kinds: [DIRECTORY_USER_UPDATED, DIRECTORY_USER_PURGED] }) {
        ... on DirectoryUserChange { kind previous }
      }
    }`
    const follower = overWebSocket<Told>(app.url, key, { query, variables })
    await app.deliver(event('dsync.user.created', user('p', { email: 'former@example.com' }), 1))
    await app.deliver(event('dsync.user.updated', user('p'), 2))
    expect((await follower.next()).changes.previous).toEqual({ email: 'former@example.com' })
    await app.deliver(event('dsync.user.deleted', user('p'), 3))
    await app.applied()
    while (await purgeTombstones(app.db.pool, new Date('2100-01-01T00:00:00.000Z'), new Date()));
    expect((await follower.next()).changes.kind).toBe('PURGED')
    const resumed = overWebSocket<Told>(app.url, key, { query, variables })
    expect([(await resumed.next()).changes, (await resumed.next()).changes]).toMatchObject([
      { kind: 'UPDATED', previous: null },
      { kind: 'PURGED', previous: null },
    ])
  } finally {
    await app.close()
  }
})
