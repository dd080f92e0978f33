// What administrators do, through the public door. Each gives what the server said, whether it was done or not.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { queueAccounts } from '../../src/accounts/due.ts'
import { queueMappings } from '../../src/accounts/due-mappings.ts'
import { settle } from '../../src/accounts/settle-access.ts'
import type { RoleOperations } from '../../src/operations/role-operations.ts'
import { createRoleOperations } from '../../src/roles/role-operations.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'

const CreateRole = graphql(`
  mutation RolesCreateRole($input: CreateRoleInput!) {
    result: createRole(input: $input) {
      __typename
      ...RolesRole
      ...RolesError
    }
  }
  fragment RolesRole on Role {
    id
    slug
    name
    description
    protected
    organization {
      id
    }
  }
  fragment RolesError on Error {
    message
    ... on ValidationError {
      issues {
        path
        message
      }
    }
    ... on InUseError {
      userCount
      users {
        id
      }
      mappingCount
      mappings {
        id
      }
    }
    ... on ForbiddenError {
      requiredScope
    }
  }
`)
const UpdateRole = graphql(`
  mutation RolesUpdateRole($input: UpdateRoleInput!) {
    result: updateRole(input: $input) {
      __typename
      ...RolesRole
      ...RolesError
    }
  }
`)
const DeleteRole = graphql(`
  mutation RolesDeleteRole($input: DeleteRoleInput!) {
    result: deleteRole(input: $input) {
      __typename
      ...RolesRole
      ...RolesError
    }
  }
`)
const CreateMapping = graphql(`
  mutation RolesCreateMapping($input: CreateRoleMappingInput!) {
    result: createRoleMapping(input: $input) {
      __typename
      ...RolesMapping
      ...RolesError
    }
  }
  fragment RolesMapping on RoleMapping {
    id
    match
    value
    attribute
    organization {
      id
    }
    directory {
      id
    }
    roles {
      slug
    }
    matchedGroups {
      id
      name
    }
    matchedGroupCount
  }
`)
const UpdateMapping = graphql(`
  mutation RolesUpdateMapping($input: UpdateRoleMappingInput!) {
    result: updateRoleMapping(input: $input) {
      __typename
      ...RolesMapping
      ...RolesError
    }
  }
`)
const DeleteMapping = graphql(`
  mutation RolesDeleteMapping($input: DeleteRoleMappingInput!) {
    result: deleteRoleMapping(input: $input) {
      __typename
      ...RolesMapping
      ...RolesError
    }
  }
`)
const GrantRole = graphql(`
  mutation RolesGrantRole($input: GrantRoleInput!) {
    result: grantRole(input: $input) {
      __typename
      ...RolesError
      ... on RoleAssignment {
        effective
        role {
          slug
        }
        grants {
          kind
          actor
        }
      }
    }
  }
`)
const RevokeRole = graphql(`
  mutation RolesRevokeRole($input: RevokeRoleInput!) {
    result: revokeRole(input: $input) {
      __typename
      ...RolesError
      ... on User {
        id
        roles {
          slug
        }
      }
    }
  }
`)
const Plan = graphql(`
  query RolesPlan($input: PlanRoleMappingsInput!) {
    result: planRoleMappings(input: $input) {
      __typename
      ...RolesPlanned
      ...RolesError
    }
  }
  fragment RolesPlanned on RoleMappingPlan {
    id
    hash
    accountCount
    granted
    revoked
    unchanged
    lastRoleLossCount
    appliedAt
    changes {
      matches
      before {
        mappingId
      }
      after {
        mappingId
        value
        roleSlugs
      }
    }
    unmatched {
      after {
        value
      }
    }
    conflicts {
      message
      blocking
      mappingIds
    }
    protectedRoleLosses {
      holderCount
      role {
        slug
      }
      organization {
        id
      }
    }
    differences(first: 100) {
      totalCount
      nodes {
        user {
          id
        }
        granted {
          slug
        }
        revoked {
          slug
        }
        losesLastRole
        lastHolderOf {
          slug
        }
      }
    }
  }
`)
const ApplyPlan = graphql(`
  mutation RolesApplyPlan($input: ApplyRoleMappingPlanInput!) {
    result: applyRoleMappingPlan(input: $input) {
      __typename
      ...RolesPlanned
      ...RolesError
    }
  }
`)
const RollBack = graphql(`
  mutation RolesRollBack($input: RollbackRoleMappingsInput!) {
    result: rollbackRoleMappings(input: $input) {
      __typename
      ...RolesPlanned
      ...RolesError
    }
  }
`)

/** What one administrator asks for, when everything that was delivered before is applied. */
export function administrator(app: TestApp, key: string) {
  const send =
    <Result, Input>(operation: TypedDocumentNode<{ result: Result }, { input: Input }>) =>
    async (input: Input): Promise<Result> => {
      await app.applied()
      return (await query(app.url, key, operation, ...([{ input }] as never))).result
    }
  return {
    createRole: send(CreateRole),
    updateRole: send(UpdateRole),
    deleteRole: send(DeleteRole),
    createMapping: send(CreateMapping),
    updateMapping: send(UpdateMapping),
    deleteMapping: send(DeleteMapping),
    grant: send(GrantRole),
    revoke: send(RevokeRole),
    plan: send(Plan),
    apply: send(ApplyPlan),
    rollBack: send(RollBack),
  }
}

/**
 * Role operations of another process, which is killed right after each commit: whom it has made due, it never settles.
 */
export const killedAfterCommit = (app: TestApp): RoleOperations => drainedBy(app, () => Promise.resolve())

/** Role operations of another process, which settles like this whom it has made due. */
export function drainedBy({ db }: TestApp, drain: () => Promise<void>): RoleOperations {
  return createRoleOperations({
    db,
    now: () => new Date(),
    settlement: { queue: queueAccounts, queueMappings, settle, drain },
  })
}

export type Administrator = ReturnType<typeof administrator>

type NotError<Answer> = Exclude<Answer, { __typename: `${string}Error` }>

/** The answer of something that was done. Throws where it was not. */
export function done<Answer extends { __typename: string }>(answer: Answer): NotError<Answer> {
  if (answer.__typename.endsWith('Error')) throw new Error(JSON.stringify(answer))
  return answer as NotError<Answer>
}
