/** What GraphiQL shows to somebody who opens it for the first time. Each works as it is. */
export const exampleTabs = [
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
# To miss nothing, go on after the last cursor:
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
  }
}
`,
  },
  {
    query: `# What happened last, newest at the end.
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
    }
  }
}
`,
  },
]
