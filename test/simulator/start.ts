import { WorkOS } from '@workos-inc/node'
import { onTestFinished } from 'vitest'
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts'

/** A simulator for this test: unlimited, still and unannounced unless asked. */
export async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await createSimulator({
    rateLimits: false,
    announces: false,
    directories: ['okta'],
    usersPerDirectory: 12,
    ...options,
  })
  onTestFinished(simulator.close)
  return simulator
}

/** The official SDK, pointed at the simulator and otherwise as it comes; without retries unless asked. */
export function sdkFor({ apiKey, port }: Simulator, maxRetries = 0): WorkOS {
  return new WorkOS(apiKey, { apiHostname: '127.0.0.1', port, https: false, maxRetries })
}

/** A plain request, with the key. */
export async function request(
  { url, apiKey }: Simulator,
  method: string,
  path: string,
  body?: unknown,
  authorization: string | null = `Bearer ${apiKey}`,
) {
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: { 'content-type': 'application/json', ...(authorization !== null && { authorization }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  return { status: response.status, headers: response.headers, text, json: isJson ? (JSON.parse(text) as Body) : null }
}

/** What of the answers' bodies the tests look into. */
export interface Body {
  id: string
  link: string
  message: string
  total: number
  data: { id: string; eventId: string }[]
  errors: { field: string; code: string }[]
  events: unknown[]
  list_metadata: { before: string | null; after: string | null }
  metadata: object
  pace: object
  user: object
  active: object
  help: { controls: string[]; actions: Record<string, string>; faults: Record<string, string> }
}

/** A clock that a test turns by hand. */
export function handClock(start = Date.parse('2026-11-23T12:00:00.000Z')) {
  let now = start
  return { now: () => now, turn: (ms: number) => void (now += ms) }
}

export function onlyDirectory({ store }: Simulator) {
  return store.directories()[0]!.object
}
