import { graphql } from '../../src/generated/operations/index.ts'

export const IdentityOf = graphql(`
  query IdentityOf($id: ID!) {
    directoryUser(id: $id) {
      state
      user {
        id
        externalId
        workosUserId
        email
        firstName
        lastName
        state
        disabledBy
        disabledReason
        deactivatedAt
        sessionsRevokedAt
        organization {
          id
        }
        directoryUsers {
          id
        }
      }
    }
  }
`)

export const Account = graphql(`
  query Account($id: ID, $externalId: ID, $organizationId: ID) {
    user(id: $id, externalId: $externalId, organizationId: $organizationId) {
      id
      externalId
      workosUserId
      email
      firstName
      lastName
      state
      disabledAt
      disabledBy
      disabledReason
      deactivatedAt
      deletedAt
      deletionReason
      sessionsRevokedAt
      directoryUsers {
        id
      }
    }
  }
`)

export const Link = graphql(`
  mutation Link($directoryUserId: ID!, $userId: ID, $externalId: ID, $workosUserId: ID) {
    linkUser(
      input: {
        directoryUserId: $directoryUserId
        userId: $userId
        externalId: $externalId
        workosUserId: $workosUserId
      }
    ) {
      __typename
      ... on User {
        id
        externalId
        workosUserId
        state
      }
      ... on Error {
        message
      }
    }
  }
`)

export const Unlink = graphql(`
  mutation Unlink($directoryUserId: ID!) {
    unlinkUser(input: { directoryUserId: $directoryUserId }) {
      __typename
      ... on User {
        id
        state
        email
      }
      ... on Error {
        message
      }
    }
  }
`)

export const Disable = graphql(`
  mutation Disable($userId: ID!, $reason: String!) {
    disableUser(input: { userId: $userId, reason: $reason }) {
      __typename
      ... on User {
        state
        disabledBy
        disabledReason
      }
      ... on Error {
        message
      }
    }
  }
`)

export const Enable = graphql(`
  mutation Enable($userId: ID!, $reason: String!) {
    enableUser(input: { userId: $userId, reason: $reason }) {
      __typename
      ... on User {
        state
        disabledAt
      }
      ... on Error {
        message
      }
    }
  }
`)

export const Revoke = graphql(`
  mutation Revoke($userId: ID!) {
    revokeSessions(input: { userId: $userId }) {
      __typename
      ... on User {
        state
        sessionsRevokedAt
      }
      ... on Error {
        message
      }
    }
  }
`)

export const Upsert = graphql(`
  mutation Upsert($organizationId: ID, $users: [RegisteredUserInput!]!) {
    upsertUsers(input: { organizationId: $organizationId, users: $users }) {
      __typename
      ... on UpsertedUsers {
        created
        updated
        unchanged
        users {
          id
          externalId
          state
        }
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
      ... on Error {
        message
      }
    }
  }
`)

export const Opt = graphql(`
  mutation Opt($organizationId: ID!, $linkByEmail: Boolean) {
    updateOrganization(input: { organizationId: $organizationId, linkByEmail: $linkByEmail }) {
      __typename
      ... on Organization {
        linkByEmail
      }
      ... on Error {
        message
      }
    }
  }
`)

export const LinkByEmail = graphql(`
  mutation LinkByEmail($organizationId: ID!, $dryRun: Boolean!) {
    linkUsersByEmail(input: { organizationId: $organizationId, dryRun: $dryRun }) {
      __typename
      ... on UserEmailLinks {
        dryRun
        pairCount
        pairs {
          directoryUserIds
          userId
        }
        conflictCount
        conflicts {
          directoryUserIds
          userIds
        }
        settling
      }
      ... on Error {
        message
      }
    }
  }
`)

export const Import = graphql(`
  mutation Import($csv: String, $file: File, $dryRun: Boolean!, $reportAfterLine: Int) {
    importUserLinks(input: { csv: $csv, file: $file, dryRun: $dryRun, reportAfterLine: $reportAfterLine }) {
      __typename
      ... on UserLinkImport {
        dryRun
        imported
        rows
        linked
        named
        created
        unchanged
        deleted
        deactivated
        problemCount
        problems {
          line
          kind
          message
        }
        report {
          line
          externalId
          directoryUserId
          outcome
        }
        settling
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
      ... on Error {
        message
      }
    }
  }
`)

export const AccountChanges = graphql(`
  query AccountChanges($filter: ChangeFilter!) {
    changes(last: 100, filter: $filter) {
      nodes {
        __typename
        cursor
        source
        actor
        eventId
        ... on UserChange {
          userKind: kind
          userId
          directoryUser {
            id
          }
          reason
          candidates {
            externalId
          }
          changedFields
          previous
        }
        ... on RoleAssignmentChange {
          roleKind: kind
          userId
          roleId
        }
        ... on OrganizationChange {
          organizationKind: kind
          organization {
            id
          }
          changedFields
          previous
        }
      }
    }
  }
`)
