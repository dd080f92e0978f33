interface Tab {
  readonly query: string
}

/**
 * The example tabs that GraphiQL shows when first opened; each works unchanged. `simulatorUrl` is the address of the
 * simulated WorkOS; null if a real one feeds the mirror.
 */
export const exampleTabs = (simulatorUrl: string | null): Tab[] => [
  {
    query: `# Every directory, with groups and some people.
query Directories {
  directories(first: 10) {
    totalCount
    nodes {
      name
      provider { name }
      state
      userCount
      groups(first: 5) { nodes { name memberCount } }
      users(first: 5, orderBy: { field: NAME }) {
        nodes {
          name
          email
          state
          attributes { department jobTitle managerEmail }
          groups(first: 3) { nodes { name } }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Press play: people are hired, moved, offboarded.
# To miss nothing, continue after the last cursor:
# changes(after: "…")
subscription Live {
  changes {
    __typename
    cursor
    occurredAt
    directory { name }
    ... on DirectoryUserChange {
      userChange: kind
      directoryUser { name email }
      changedFields
      previous
    }
    ... on DirectoryGroupChange {
      groupChange: kind
      directoryGroup { name }
    }
    ... on MembershipChange {
      membershipChange: kind
      directoryUser { name }
      directoryGroup { name }
    }
    ... on UserChange {
      accountChange: kind
      user { email state }
    }
    ... on RoleAssignmentChange {
      roleChange: kind
      user { email }
      role { slug }
    }
  }
}
`,
  },
  {
    query: `# What would mapping a group to roles do?
# Nothing changes until applyRoleMappingPlan(
#   input: { planId: "…", hash: "…" }
# ).
query Preview {
  planRoleMappings(
    input: {
      create: [
        {
          match: NAME_PREFIX
          value: "S"
          roles: ["billing", "api-access"]
        }
      ]
    }
  ) {
    ... on RoleMappingPlan {
      id
      hash
      granted
      revoked
      changes { matches after { match value roleSlugs } }
      conflicts { message }
      differences(first: 10) {
        totalCount
        nodes {
          user { firstName lastName email }
          granted { slug }
          revoked { slug }
        }
      }
    }
    ... on Error { message }
  }
}
`,
  },
  {
    query: `# Which roles do engineers have, and why?
# To see why someone lacks a role, replace
# "account_…" with one of the ids.
query Explanation {
  directoryGroups(
    first: 3
    filter: { search: "engineering" }
  ) {
    nodes {
      name
      members(first: 5) {
        nodes {
          name
          user {
            id
            roleAssignments {
              role { slug }
              grantedAt
              grants {
                kind
                mapping { match value }
                group { name }
              }
            }
          }
        }
      }
    }
  }
  explainAccess(
    userId: "account_…"
    roleSlug: "billing"
  ) {
    granted
    missing {
      kind
      message
      mapping { match value }
      group { name }
    }
  }
}
`,
  },
  {
    query: `# Press play, then offboard someone${simulatorUrl === null ? '.' : `:\n${offboarding(simulatorUrl)}`}
subscription Offboarding {
  changes(
    filter: {
      kinds: [
        USER_DEACTIVATED
        USER_REACTIVATED
        ROLE_GRANTED
        ROLE_REVOKED
      ]
    }
  ) {
    __typename
    cursor
    occurredAt
    ... on UserChange {
      userChange: kind
      user { email state sessionsRevokedAt }
      directoryUser { state directory { name } }
    }
    ... on RoleAssignmentChange {
      roleChange: kind
      user { email state sessionsRevokedAt }
      role { slug }
    }
  }
}
`,
  },
  {
    query: `# The latest changes, newest last.
query History {
  changes(last: 20) {
    totalCount
    nodes {
      __typename
      recordedAt
      source
      directory { name }
      ... on DirectoryUserChange {
        userChange: kind
        directoryUser { name }
        changedFields
      }
      ... on DirectoryGroupChange {
        groupChange: kind
        directoryGroup { name }
      }
      ... on MembershipChange {
        membershipChange: kind
        directoryUser { name }
        directoryGroup { name }
      }
      ... on UserChange {
        accountChange: kind
        user { email state }
      }
      ... on RoleAssignmentChange {
        roleChange: kind
        user { email }
        role { slug }
      }
    }
  }
}
`,
  },
]

const offboarding = (simulatorUrl: string): string => `# curl \\
#   ${simulatorUrl}/_simulator/actions/offboard \\
#   -H 'content-type: application/json' -d '{}'`
