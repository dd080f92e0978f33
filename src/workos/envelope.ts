import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { eventTypes, isEventType, type EventType } from '../directory/events.ts'
import { removalOf, type Label } from '../directory/removal.ts'
import { timeOfId } from '../directory/version.ts'
import { parseTime } from './time.ts'

/** What the inbox must know of an event before it is decoded. */
export interface Envelope extends Label {
  readonly id: string
  readonly type: string
  readonly directoryId: string | null
  readonly occurredAt: Date
  /** PENDING: one of the events that change the mirror. IGNORED: not one of them. FAILED: `error` says why. */
  readonly status: 'PENDING' | 'IGNORED' | 'FAILED'
  readonly error: string | null
}

const MAX_ID = 200 // WorkOS's are about 43 characters; PostgreSQL's indexes take some 2,700 bytes
const UNLABELLED: Label = { userId: null, groupId: null, removal: null }
const DIRECTORY_LEVEL = new Set<string>(eventTypes.slice(0, 3))

/**
 * Reads the envelope of a body with a valid signature. Never throws: a body that cannot be read yields an envelope of
 * status FAILED, whose id is made from its bytes, so that a redelivery of the same bytes is recognized.
 */
export function readEnvelope(body: Buffer, receivedAt: Date): Envelope {
  const unreadable = (error: string, type = 'unreadable'): Envelope => {
    const id = `unreadable_${createHash('sha256').update(body).digest('hex').slice(0, 40)}`
    return { ...UNLABELLED, id, type, directoryId: null, occurredAt: receivedAt, status: 'FAILED', error }
  }
  if (!isUtf8(body)) return unreadable('The body is not UTF-8')
  let event: unknown
  try {
    event = JSON.parse(body.toString('utf8'))
  } catch (error) {
    return unreadable(`The body is not JSON: ${shorten((error as SyntaxError).message)}`)
  }
  if (!isRecord(event)) return unreadable('The body is not a JSON object')
  if (!isId(event.id)) return unreadable(`id: must be a string of 1 to ${MAX_ID} characters`, nameOf(event.event))
  if (!isId(event.event)) return unreadable(`event: must be a string of 1 to ${MAX_ID} characters`)

  const { id, event: type, data } = event
  const occurredAt = notAhead(timeOf(id, event.created_at), receivedAt)
  const directoryId = isRecord(data) ? directoryOf(type, data) : null
  const label = isEventType(type) && isRecord(data) ? labelOf(type, data) : UNLABELLED
  const envelope = { ...label, id, type, directoryId, occurredAt: occurredAt ?? receivedAt }
  if (!isEventType(type)) return { ...envelope, status: 'IGNORED', error: null }
  const failed = (error: string): Envelope => ({ ...envelope, status: 'FAILED', error })
  if (occurredAt === null) return failed('created_at: must be a time')
  if (!isRecord(data)) return failed('data: must be an object')
  if (directoryId === null)
    return failed(`data.${DIRECTORY_LEVEL.has(type) ? 'id' : 'directory_id'}: must be a directory's id`)
  return { ...envelope, status: 'PENDING', error: null }
}

function timeOf(id: string, createdAt: unknown): Date | null {
  if (createdAt == null) return timeOfId(id)
  return typeof createdAt === 'string' ? parseTime(createdAt) : null
}

/** How far WorkOS's clock, or ours, may be wrong without any other sign of it. */
const MAX_AHEAD_MS = 86_400_000

// Later events would never win against one dated in the future: a user it created could never leave.
function notAhead(at: Date | null, receivedAt: Date): Date | null {
  return at !== null && at.getTime() > receivedAt.getTime() + MAX_AHEAD_MS ? receivedAt : at
}

function directoryOf(type: string, data: Record<string, unknown>): string | null {
  // An event about a directory has its id as `id`; the thin form, and all other events, as `directory_id`.
  const id = DIRECTORY_LEVEL.has(type) ? (data.id ?? data.directory_id) : data.directory_id
  return isId(id) ? id : null
}

// What decoding would find, without decoding; for thin or invalid events, as far as it can be seen.
function labelOf(type: EventType, data: Record<string, unknown>): Label {
  if (DIRECTORY_LEVEL.has(type)) return UNLABELLED
  const ofMember = type.startsWith('dsync.group.user_')
  const named = (object: unknown, ...keys: string[]): string | null => {
    const own = isRecord(object) ? object.id : undefined
    return [own, ...keys.map((key) => data[key])].find(isId) ?? null
  }
  const ofUser = ofMember || type.startsWith('dsync.user.')
  const user = ofMember ? data.user : data
  return {
    userId: ofUser ? named(user, 'directory_user_id', 'user_id') : null,
    groupId: ofMember || !ofUser ? named(ofMember ? data.group : data, 'directory_group_id', 'group_id') : null,
    removal: removalOf(type, ofUser && isRecord(user) && typeof user.state === 'string' && user.state !== 'active'),
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Control characters have no place in an id, and PostgreSQL refuses U+0000 and unpaired surrogates.
export function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID && /^[^\p{Cc}\p{Cs}]+$/u.test(value)
}

function nameOf(type: unknown): string {
  return isId(type) ? type : 'unreadable'
}

// V8's message about bad JSON quotes the text: that may be a person's name, and this goes to a log.
function shorten(message: string): string {
  return message
    .replaceAll(/"[^]*"|'[^]*'|\.\.\.[^]*$/g, '…')
    .replaceAll(/[^\x20-\x7e…]/g, '?')
    .slice(0, 120)
}
