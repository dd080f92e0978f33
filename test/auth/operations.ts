import { graphql } from '../../src/generated/operations/index.ts'

export const WhoAmI = graphql(`
  query WhoAmI {
    viewer {
      kind
      id
      scopes
      organization {
        id
      }
    }
  }
`)

export const EveryChange = graphql(`
  subscription EveryChange {
    changes {
      id
    }
  }
`)

export const RevokeKey = graphql(`
  mutation RevokeKeyOf($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) {
      __typename
      ... on Error {
        message
      }
    }
  }
`)
