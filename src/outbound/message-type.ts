import type { ChangeKind } from '../directory/changes.ts'

// Prefixes of kinds. A prefix that begins with another one comes before it.
const SUBJECTS = [
  'DIRECTORY_USER',
  'DIRECTORY_GROUP',
  'DIRECTORY',
  'MEMBERSHIP',
  'EVENTS',
  'WEBHOOK_ENDPOINT',
  'HELD_CHANGES',
  'ATTRIBUTE_MAPPING',
  'CHANGES',
  'USER',
  'ORGANIZATION',
  'ROLE_MAPPING',
  'ROLE',
  'API_KEY',
  'SYNC',
  'GUARD',
  'PORTAL_LINK',
  'SETUP_INVITATION',
] as const

type Subject = (typeof SUBJECTS)[number]

/**
 * Returns the type of a message about a change, in the style of Standard Webhooks: DIRECTORY_USER_CREATED is
 * `directory_user.created`. A kind without a known prefix does not compile.
 */
export function messageTypeOf(kind: ChangeKind & `${Subject}_${string}`): string {
  const subject = SUBJECTS.find((one) => kind.startsWith(`${one}_`))!
  return `${subject}.${kind.slice(subject.length + 1)}`.toLowerCase()
}
