import { print } from 'graphql'
import type { ImportMutation } from '../../src/generated/operations/graphql.ts'
import type { Answer } from '../support/client.ts'
import { Import } from './operations.ts'

/** importUserLinks with a file, as the GraphQL multipart request specification says. */
export async function upload(
  url: string,
  csv: string | Blob,
  { dryRun = false, headers = {} }: { dryRun?: boolean; headers?: Record<string, string> },
): Promise<Answer<ImportMutation> & { readonly status: number }> {
  const form = new FormData()
  form.set('operations', JSON.stringify({ query: print(Import), variables: { file: null, dryRun } }))
  form.set('map', JSON.stringify({ 0: ['variables.file'] }))
  form.set('0', typeof csv === 'string' ? new Blob([csv], { type: 'text/csv' }) : csv, 'links.csv')
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { accept: 'application/json', ...headers },
    body: form,
  })
  return { ...((await response.json()) as Answer<ImportMutation>), status: response.status }
}
