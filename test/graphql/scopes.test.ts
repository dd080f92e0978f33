import { print } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isGrantable, hasScope, type Scope, type Viewer } from '../../src/auth/viewer.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { directory, event, user } from '../support/events.ts'
import { asServerSentEvents, overWebSocket } from '../support/live.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  await app.deliver(event('dsync.activated', directory(), 1))
  await app.deliver(event('dsync.user.created', user('ada', { raw_attributes: { secret: 'raw' } }), 2, 'event_ada'))
  await app.applied()
})
afterAll(() => app.close())

const Whole = graphql(`
  query ScopeWhole {
    viewer {
      scopes
    }
    directoryUser(id: "directory_user_ada") {
      email
      rawAttributes
    }
  }
`)
const WithoutRaw = graphql(`
  query ScopeWithoutRaw {
    directoryUser(id: "directory_user_ada") {
      email
      customAttributes
    }
  }
`)
const Events = graphql(`
  query ScopeEvents {
    events {
      nodes {
        id
      }
    }
  }
`)
const EventNode = graphql(`
  query ScopeEventNode {
    node(id: "event_ada") {
      id
    }
  }
`)
const Roots = graphql(`
  query ScopeRoots {
    node(id: "directory_user_ada") {
      id
    }
    organization(id: "org_test") {
      id
    }
    directory(id: "directory_test") {
      id
    }
    directoryUser(id: "directory_user_ada") {
      id
    }
    directoryGroup(id: "none") {
      id
    }
  }
`)
const Everything = graphql(`
  subscription ScopeEverything {
    changes {
      id
    }
  }
`)

const forbidden = (requiredScope: Scope) => ({ code: 'FORBIDDEN', requiredScope })

test('what the provider sent needs users:read:raw, and the rest of a user does not', async () => {
  const reader = await app.key(null, ['directory:read'])
  const { data, errors } = await ask(app.url, reader, Whole)
  expect(data).toEqual({ viewer: { scopes: ['directory:read'] }, directoryUser: null })
  expect(errors).toHaveLength(1)
  expect(errors![0]).toMatchObject({
    message: 'This needs the scope users:read:raw',
    path: ['directoryUser', 'rawAttributes'],
    extensions: forbidden('users:read:raw'),
  })
  expect((await query(app.url, reader, WithoutRaw)).directoryUser?.email).toBe('ada@example.com')
  for (const scopes of [['directory:read', 'users:read:raw'], ['directory:read', 'users:*'], ['*']]) {
    const { directoryUser } = await query(app.url, await app.key(null, scopes), Whole)
    expect(directoryUser?.rawAttributes).toEqual({ secret: 'raw' })
  }
})

test('events need events:read, also by their id, where they are as good as not there', async () => {
  const reader = await app.key(null, ['directory:read', 'users:*', 'keys:write'])
  const { data, errors } = await ask(app.url, reader, Events)
  expect(data).toBeNull()
  expect(errors!.map(({ extensions }) => extensions)).toEqual([forbidden('events:read')])
  expect(await query(app.url, reader, EventNode)).toEqual({ node: null })
  const auditor = await app.key(null, ['directory:read', 'events:read'])
  expect((await query(app.url, auditor, Events)).events.nodes).toHaveLength(2)
  expect(await query(app.url, auditor, EventNode)).toEqual({ node: { id: 'event_ada' } })
})

test('everything but the viewer needs directory:read', async () => {
  const stranger = await app.key(null, ['users:*', 'keys:write'])
  const { data, errors } = await ask(app.url, stranger, Roots)
  expect(Object.values(data!)).toEqual([null, null, null, null, null])
  expect(errors!.map(({ extensions }) => extensions)).toEqual(
    Array.from({ length: 5 }, () => forbidden('directory:read')),
  )
})

describe.for([
  { name: 'WebSocket', transport: overWebSocket },
  { name: 'server-sent events', transport: asServerSentEvents },
])('over $name', ({ transport }) => {
  test('who may not read is told so when they subscribe, not when something happens', async () => {
    const stranger = await app.key(null, ['users:*', 'events:read'])
    const stream = transport(app.url, stranger, { query: print(Everything) })
    const answers = []
    for await (const answer of stream) answers.push(answer)
    expect(answers).toHaveLength(1)
    expect(answers[0]!.errors!.map(({ extensions }) => extensions)).toEqual([forbidden('directory:read')])
  })
})

test('a wildcard grants what begins like it, and nothing else', () => {
  const viewer = (...scopes: string[]): Viewer => ({
    kind: 'API_KEY',
    id: 'x',
    organizationId: null,
    scopes,
    expiresAt: null,
  })
  expect(hasScope(viewer('*'), 'keys:write')).toBe(true)
  expect(hasScope(viewer('users:*'), 'users:read:raw')).toBe(true)
  expect(hasScope(viewer('users:read:*'), 'users:read:raw')).toBe(true)
  expect(hasScope(viewer('users:*', 'events:read'), 'directory:read')).toBe(false)
  expect(hasScope(viewer('users:read'), 'users:read:raw')).toBe(false)
  expect(hasScope(viewer(), 'directory:read')).toBe(false)
  expect(['*', 'users:*', 'directory:read'].every(isGrantable)).toBe(true)
  expect(['', 'users', 'user*', 'nothing:*', ':*', 'directory:read '].some(isGrantable)).toBe(false)
})
