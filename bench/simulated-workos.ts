import type { GroupObject, UserObject } from '../src/simulator/payload.ts'
import { startChild } from './child.ts'
import { webhookSecret, workosKey } from './rollcall.ts'

/** A WorkOS in another process, with one large directory in which something happens now and then. */
export interface SimulatedWorkos extends AsyncDisposable {
  readonly url: string
  /** Delivers events to a server and makes `perMinute` of them happen a minute. */
  comeAlive(serverUrl: string, perMinute: number): Promise<void>
  /** Stops all activity, waits until everything is delivered, and returns how many events there were. */
  rest(): Promise<number>
  users(): AsyncGenerator<UserObject>
  groups(): AsyncGenerator<GroupObject>
  /** Ids, ascending. */
  members(groupId: string): AsyncGenerator<string>
}

interface Overview {
  directories: { id: string }[]
  events: number
  webhook: { pending: number; failed: number }
}

export async function startWorkos(users: number): Promise<SimulatedWorkos> {
  const env = { USERS: String(users), WORKOS_API_KEY: workosKey, WORKOS_WEBHOOK_SECRET: webhookSecret }
  const child = await startChild('./workos.ts', { env })
  const control = async (method: string, path: string, body?: object): Promise<Overview> => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) }
    const response = await fetch(`${child.url}/_simulator${path}`, init)
    if (!response.ok) throw new Error(`${method} /_simulator${path}: ${await response.text()}`)
    return (await response.json()) as Overview
  }
  const { directories } = await control('GET', '')
  const directory = directories[0]!.id

  async function* list<T extends { id: string }>(path: string, query: Record<string, string>): AsyncGenerator<T> {
    for (let after: string | null = ''; after !== null;) {
      const all = { ...query, order: 'asc', limit: '100', ...(after !== '' && { after }) }
      const headers = { authorization: `Bearer ${workosKey}` }
      const response = await fetch(`${child.url}${path}?${new URLSearchParams(all).toString()}`, { headers })
      const page = (await response.json()) as { data: T[]; list_metadata: { after: string | null } }
      yield* page.data
      after = page.list_metadata.after
    }
  }

  return {
    url: child.url,
    async comeAlive(serverUrl, perMinute) {
      await control('PUT', '/webhook', { url: `${serverUrl}/webhooks/workos` })
      await control('PUT', '/pace', { perMinute })
    },
    async rest() {
      await control('PUT', '/pace', { perMinute: 0 })
      for (;;) {
        const { webhook, events } = await control('GET', '')
        if (webhook.failed > 0) throw new Error(`${webhook.failed} deliveries failed`)
        if (webhook.pending === 0) return events
      }
    },
    users: () => list<UserObject>('/directory_users', { directory }),
    groups: () => list<GroupObject>('/directory_groups', { directory }),
    async *members(group) {
      for await (const { id } of list('/directory_users', { group })) yield id
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}
