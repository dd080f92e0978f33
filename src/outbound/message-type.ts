import type { ChangeKind } from '../directory/changes.ts'

// What a kind begins with. Those that begin with another one stand before it.
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
 * The type of a message about a change, as Standard Webhooks writes them: DIRECTORY_USER_CREATED is
 * `directory_user.created`. A kind that begins with no subject does not compile.
 */
export function messageTypeOf(kind: ChangeKind & `${Subject}_${string}`): string {
  const subject = SUBJECTS.find((one) => kind.startsWith(`${one}_`))!
  return `${subject}.${kind.slice(subject.length + 1)}`.toLowerCase()
}
