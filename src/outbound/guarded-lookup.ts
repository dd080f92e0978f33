import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** Why nothing was sent: the address is one that messages are not sent to. */
export class RefusedAddressError extends Error {
  constructor() {
    super('its address is private or local, and such are refused')
    this.name = 'RefusedAddressError'
  }
}

export type ResolveAll = (hostname: string) => Promise<readonly LookupAddress[]>

const resolveBySystem: ResolveAll = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)))
  })

/**
 * A lookup for connections that gives allowed addresses alone. What it gives is what is connected to: a name that
 * resolves otherwise a moment later (DNS rebinding) gains nothing by it.
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
