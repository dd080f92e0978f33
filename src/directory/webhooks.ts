import type { ChangeKind } from './changes.ts'

/** What somebody decides about an endpoint. */
export interface WebhookEndpointSettings {
  readonly url: string
  readonly description: string
  /** Empty: all. */
  readonly kinds: readonly ChangeKind[]
  readonly enabled: boolean
}

export interface NewWebhookEndpoint extends Omit<WebhookEndpointSettings, 'enabled'> {
  /** Null: it is told of every organization. */
  readonly organizationId: string | null
}

/** Which deliveries of an endpoint somebody means. What is left out does not restrict. */
export interface DeliveryChoice {
  readonly endpointId: string
  readonly ids?: readonly string[]
  readonly statuses: readonly ('DEAD' | 'DELIVERED')[]
  /** Both exclusive. */
  readonly createdAfter?: Date
  readonly createdBefore?: Date
}

/** The deliveries that an action took, oldest first. */
export interface TakenDeliveries {
  readonly ids: readonly string[]
  /** Whether there are others, which were too many for one action. */
  readonly hasMore: boolean
}

/** What may be asked of webhooks that we send. Whoever asks has seen to it that the asker may. */
export interface WebhookOperations {
  /** What is wrong with an address, for people; null where messages may be sent to it. */
  issueOfUrl(url: string): string | null
  /** Null where the organization has as many as it may have. */
  create(endpoint: NewWebhookEndpoint, actor: string): Promise<{ readonly id: string; readonly secret: string } | null>
  /** What is left out stays as it is. */
  update(id: string, settings: Partial<WebhookEndpointSettings>, actor: string): Promise<void>
  /**
   * Makes a new secret, with which messages are signed from now on; for `graceMs` more they are signed with the former
   * one too. Null where as many as may be are in force.
   */
  rotateSecret(id: string, graceMs: number, actor: string): Promise<string | null>
  remove(id: string, actor: string): Promise<void>
  /** Has messages sent once more. Those of one person, group or directory keep their order. */
  replay(choice: DeliveryChoice, actor: string): Promise<TakenDeliveries>
  /** Has a message sent that tells of nothing, and gives its id. */
  sendTest(id: string): Promise<string>
}
