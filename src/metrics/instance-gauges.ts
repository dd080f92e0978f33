import { Gauge, type Registry } from 'prom-client'

/** The current state of this process. */
export interface InstanceState {
  readonly feedSubscribers: () => number
  readonly sockets: () => number
  /** Deliveries waiting to be committed. */
  readonly receiving: () => number
  /** Events waiting for WorkOS to complete them. */
  readonly completing: () => number
  /** Of answers in memory. */
  readonly answerBytes: () => number
  readonly pool: { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number }
}

/** Gauges that are read on scrape. */
export function createInstanceGauges(registry: Registry, state: InstanceState): void {
  const { feedSubscribers, sockets, receiving, completing, answerBytes, pool } = state
  function add(name: string, help: string, read: () => number): void {
    const collect = (): void => gauge.set(read())
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect })
  }
  add('rollcall_feed_subscribers', 'Subscriptions that follow the change log.', feedSubscribers)
  add('rollcall_websocket_connections', 'Open WebSockets.', sockets)
  add('rollcall_receiver_waiting', 'Deliveries in memory waiting to be committed.', receiving)
  add('rollcall_completer_waiting', 'Thin events waiting to be completed by WorkOS.', completing)
  add('rollcall_answers_bytes', 'Approximate memory used by cached responses.', answerBytes)
  add('rollcall_database_connections', 'Connections of the pool.', () => pool.totalCount)
  add('rollcall_database_connections_idle', 'Idle connections of the pool.', () => pool.idleCount)
  add('rollcall_database_waiting', 'Requests waiting for a connection of the pool.', () => pool.waitingCount)
}
