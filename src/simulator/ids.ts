import { monotonicFactory, ulid } from 'ulid'
import type { Random } from './random.ts'

export type IdKind = 'directory' | 'directory_user' | 'directory_group' | 'org' | 'org_domain' | 'event' | 'session'

/** How a provider forms its own identifiers: Okta names groups by their name, Entra by a UUID, Google by a number. */
export type IdpIdStyle = 'name' | 'uuid' | 'number' | 'okta' | 'hex'

export interface Ids {
  next: (kind: IdKind, now: number) => string
}

/**
 * Creates ids for what happens while the simulator runs: they sort in order of creation, even within one millisecond.
 */
export function createIds(random: Random): Ids {
  const nextUlid = monotonicFactory(random.next)
  return { next: (kind, now) => `${kind}_${nextUlid(now)}` }
}

/**
 * Returns the id of an object of the seed company, determined by its time and a stream: every start gives the same one.
 */
export function seededId(kind: IdKind, createdAt: number, random: Random): string {
  return `${kind}_${ulid(createdAt, random.next)}`
}

const HEX = '0123456789abcdef'
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

const idpIds: Record<IdpIdStyle, (name: string, random: Random) => string> = {
  name: (name) => name,
  uuid: (_name, random) => [8, 4, 4, 4, 12].map((length) => characters(HEX, length, random)).join('-'),
  number: (_name, random) => `1${characters('0123456789', 20, random)}`,
  okta: (_name, random) => `00u${characters(LETTERS, 17, random)}`,
  hex: (_name, random) => characters(HEX, 24, random),
}

export function idpId(style: IdpIdStyle, name: string, random: Random): string {
  return idpIds[style](name, random)
}

export function characters(alphabet: string, length: number, random: Random): string {
  return Array.from({ length }, () => alphabet[random.below(alphabet.length)]).join('')
}
