import { Gauge, type Registry } from 'prom-client'

/** How things stand in this process now. */
export interface InstanceState {
  readonly feedSubscribers: () => number
  readonly sockets: () => number
  /** Deliveries that wait to be committed. */
  readonly receiving: () => number
  /** Events that wait for WorkOS to complete them. */
  readonly completing: () => number
  /** Of answers in memory. */
  readonly answerBytes: () => number
  readonly pool: { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number }
}

/** Gauges that ask how things stand when somebody reads them. */
export function createInstanceGauges(registry: Registry, state: InstanceState): void {
  const { feedSubscribers, sockets, receiving, completing, answerBytes, pool } = state
  function add(name: string, help: string, read: () => number): void {
    const collect = (): void => gauge.set(read())
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect })
  }
  add('rollcall_feed_subscribers', 'Subscriptions that follow the change log.', feedSubscribers)
  add('rollcall_websocket_connections', 'Open WebSockets.', sockets)
  add('rollcall_receiver_waiting', 'Deliveries in memory that wait to be committed.', receiving)
  add('rollcall_completer_waiting', 'Thin events that wait for WorkOS to complete them.', completing)
  add('rollcall_answers_bytes', 'What answers in memory take of it, about.', answerBytes)
  add('rollcall_database_connections', 'Connections of the pool.', () => pool.totalCount)
  add('rollcall_database_connections_idle', 'Connections of the pool that nobody uses.', () => pool.idleCount)
  add('rollcall_database_waiting', 'Those who wait for a connection of the pool.', () => pool.waitingCount)
}
