import type { ChangeKind } from '../directory/change-kinds.ts'

export interface WebhookEndpointSettings {
  readonly url: string
  readonly description: string
  /** Empty: all. */
  readonly kinds: readonly ChangeKind[]
  readonly enabled: boolean
}

export interface NewWebhookEndpoint extends Omit<WebhookEndpointSettings, 'enabled'> {
  /** Null: it receives the changes of every organization. */
  readonly organizationId: string | null
}

/** Which deliveries of an endpoint to act on. Omitted criteria do not restrict. */
export interface DeliveryChoice {
  readonly endpointId: string
  readonly ids?: readonly string[]
  readonly statuses: readonly ('DEAD' | 'DELIVERED')[]
  /** Both exclusive. */
  readonly createdAfter?: Date
  readonly createdBefore?: Date
}

/** The deliveries that an action was applied to, oldest first. */
export interface TakenDeliveries {
  readonly ids: readonly string[]
  /** Whether there are more, too many for one action. */
  readonly hasMore: boolean
}

/** Operations on outbound webhooks. The caller has already checked that the actor may do this. */
export interface WebhookOperations {
  /** What is wrong with an address, in plain words; null if messages may be sent to it. */
  issueOfUrl(url: string): string | null
  /** Null if the organization already has as many as it may. */
  create(endpoint: NewWebhookEndpoint, actor: string): Promise<{ readonly id: string; readonly secret: string } | null>
  /** Omitted settings keep their value. */
  update(id: string, settings: Partial<WebhookEndpointSettings>, actor: string): Promise<void>
  /**
   * Creates a new secret, with which messages are signed from now on; for `graceMs` more they are signed with the
   * former one too. Null if as many as allowed are in force.
   */
  rotateSecret(id: string, graceMs: number, actor: string): Promise<string | null>
  remove(id: string, actor: string): Promise<void>
  /** Requests that messages be sent again. Those of one person, group or directory keep their order. */
  replay(choice: DeliveryChoice, actor: string): Promise<TakenDeliveries>
  /** Sends a test message that reports no change, and returns its id. */
  sendTest(id: string): Promise<string>
}
