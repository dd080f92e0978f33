import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'

export interface Answer<Data> {
  readonly data?: Data | null
  readonly errors?: {
    readonly message: string
    readonly path?: (string | number)[]
    readonly extensions?: { readonly code?: string } & Record<string, unknown>
  }[]
  readonly extensions?: Record<string, unknown>
}

/** Runs an operation over HTTP and returns the response. A string is sent as it is. */
export async function ask<Data, Variables>(
  url: string,
  key: string | null,
  operation: TypedDocumentNode<Data, Variables> | string,
  ...[variables]: Variables extends Record<string, never> ? [] : [Variables?]
): Promise<Answer<Data>> {
  const query = typeof operation === 'string' ? operation : print(operation)
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(key !== null && { authorization: `Bearer ${key}` }),
  }
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()) as Answer<Data>
}

/** The same, but throws on any error. */
export async function query<Data, Variables>(
  url: string,
  key: string | null,
  operation: TypedDocumentNode<Data, Variables>,
  ...variables: Variables extends Record<string, never> ? [] : [Variables?]
): Promise<Data> {
  const { data, errors } = await ask(url, key, operation, ...variables)
  if (errors !== undefined || data == null) throw new Error(JSON.stringify(errors))
  return data
}
