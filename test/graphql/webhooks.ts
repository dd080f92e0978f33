// Endpoints for webhooks by the API, as tests ask for them.
import type {
  CreateWebhookEndpointInput,
  RotateWebhookSecretInput,
  UpdateWebhookEndpointInput,
} from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'

export const Create = graphql(`
  mutation WebhookCreate($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
      __typename
      ... on WebhookEndpoint {
        id
        url
        description
        kinds
        status
        secret
        rotatingUntil
        createdBy
        organization {
          id
        }
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
      ... on ConflictError {
        message
      }
    }
  }
`)
export const Update = graphql(`
  mutation WebhookUpdate($input: UpdateWebhookEndpointInput!) {
    updateWebhookEndpoint(input: $input) {
      __typename
      ... on WebhookEndpoint {
        url
        description
        kinds
        status
        secret
      }
      ... on ValidationError {
        issues {
          path
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)
const Rotate = graphql(`
  mutation WebhookRotate($input: RotateWebhookSecretInput!) {
    rotateWebhookSecret(input: $input) {
      __typename
      ... on WebhookEndpoint {
        secret
        rotatingUntil
      }
      ... on ValidationError {
        issues {
          path
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)
const Delete = graphql(`
  mutation WebhookDelete($id: ID!) {
    deleteWebhookEndpoint(input: { id: $id }) {
      __typename
      ... on WebhookEndpoint {
        url
        deliveries {
          nodes {
            endpoint {
              id
            }
          }
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)
const SendTest = graphql(`
  mutation WebhookTest($id: ID!) {
    sendTestWebhook(input: { webhookEndpointId: $id }) {
      __typename
      ... on WebhookDelivery {
        id
        type
        status
        payload
        endpoint {
          id
        }
      }
      ... on ConflictError {
        message
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)
export const Endpoint = graphql(`
  query WebhookOne($id: ID!, $filter: WebhookDeliveryFilter, $first: Int, $after: String) {
    webhookEndpoint(id: $id) {
      id
      secret
      status
      pendingCount
      deadCount
      deliveries(filter: $filter, first: $first, after: $after) {
        totalCount
        pageInfo {
          endCursor
          hasNextPage
        }
        nodes {
          id
          type
          status
          payload
          attempts
          createdAt
          deliveredAt
        }
      }
    }
    node(id: $id) {
      id
      __typename
    }
  }
`)
const Told = graphql(`
  query WebhookTold {
    changes(
      filter: {
        kinds: [
          WEBHOOK_ENDPOINT_CREATED
          WEBHOOK_ENDPOINT_UPDATED
          WEBHOOK_ENDPOINT_SECRET_ROTATED
          WEBHOOK_ENDPOINT_REPLAYED
          WEBHOOK_ENDPOINT_DELETED
        ]
      }
    ) {
      nodes {
        source
        actor
        ... on WebhookEndpointChange {
          kind
          webhookEndpointId
          webhookEndpoint {
            id
          }
          changedFields
          previous
          count
        }
      }
    }
  }
`)

/** What may be done with endpoints, as whom a key says. */
export function webhooks({ url }: TestApp, key: string) {
  return {
    create: async (input: CreateWebhookEndpointInput, as = key) =>
      (await query(url, as, Create, { input })).createWebhookEndpoint,
    update: async (input: UpdateWebhookEndpointInput, as = key) =>
      (await query(url, as, Update, { input })).updateWebhookEndpoint,
    rotate: async (input: RotateWebhookSecretInput, as = key) =>
      (await query(url, as, Rotate, { input })).rotateWebhookSecret,
    remove: async (id: string, as = key) => (await query(url, as, Delete, { id })).deleteWebhookEndpoint,
    sendTest: async (id: string, as = key) => (await query(url, as, SendTest, { id })).sendTestWebhook,
    /** What the change log tells of an endpoint. */
    told: async (id: string) =>
      (await query(url, key, Told)).changes.nodes.filter(
        (change) => 'webhookEndpointId' in change && change.webhookEndpointId === id,
      ),
  }
}
