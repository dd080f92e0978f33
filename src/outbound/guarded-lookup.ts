import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** Why nothing was sent: messages may not go to the address. */
export class RefusedAddressError extends Error {
  constructor() {
    super('private and local addresses are refused')
    this.name = 'RefusedAddressError'
  }
}

export type ResolveAll = (hostname: string) => Promise<readonly LookupAddress[]>

const resolveBySystem: ResolveAll = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)))
  })

/**
 * Returns a lookup for connections that yields only allowed addresses. The connection uses exactly what it yields: a
 * name that resolves differently a moment later (DNS rebinding) gains nothing.
 */
export function createGuardedLookup(
  isAllowed: (address: string) => boolean,
  resolve: ResolveAll = resolveBySystem,
): LookupFunction {
  return (hostname, { all, family }, callback) => {
    void resolve(hostname).then(
      (addresses) => {
        const allowed = addresses.filter(
          (one) => isAllowed(one.address) && (typeof family !== 'number' || family === 0 || one.family === family),
        )
        const [first] = allowed
        if (first === undefined) callback(new RefusedAddressError(), [])
        else if (all === true) callback(null, allowed)
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}
