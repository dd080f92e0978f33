import { createRequire } from 'node:module'
import type { Operations } from '../graphql/context.ts'
import type { createOperations } from './create-operations.ts'

const require = createRequire(import.meta.url)
const load = () => require('./create-operations.ts') as typeof import('./create-operations.ts')

/**
 * Returns the operations behind mutations, loaded by the first one: they are a seventh of our files, and start-up does
 * not wait for them.
 */
export function openOperations(...parts: Parameters<typeof createOperations>): () => Operations {
  let opened: Operations | null = null
  return () => (opened ??= load().createOperations(...parts))
}
