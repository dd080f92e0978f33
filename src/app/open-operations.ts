import { createRequire } from 'node:module'
import type { Operations } from '../graphql/context.ts'
import type { createOperations } from './create-operations.ts'

const require = createRequire(import.meta.url)
const load = () => require('./create-operations.ts') as typeof import('./create-operations.ts')

/**
 * What mutations have done. The first one loads it, which is a seventh of all files of ours: no start waits for them.
 */
export function openOperations(...parts: Parameters<typeof createOperations>): Operations {
  let opened: Operations | null = null
  return new Proxy({} as Operations, {
    get: (_none, name: keyof Operations) => (opened ??= load().createOperations(...parts))[name],
  })
}
