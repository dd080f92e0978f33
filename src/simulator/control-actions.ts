import { z } from 'zod'
import { bulkHire, bulkOffboard } from './bulk.ts'
import { check } from './check.ts'
import { changeDirectory, createDirectory, deleteDirectory } from './directories.ts'
import { createGroup, deleteGroup, joinGroup, leaveGroup, renameGroup } from './groups.ts'
import { offboard, rehire } from './leaving.ts'
import { hire, move, promote, rename } from './people.ts'
import { providerKeys } from './providers.ts'
import { signIn } from './sessions.ts'
import type { World } from './world.ts'

const text = z.string().min(1).max(200).optional()
const yes = z.boolean().optional()
const directory = { directoryId: text }
const user = { ...directory, userId: text }
const group = { ...directory, groupId: text }
const people = (most: number) => z.int().min(1).max(most)

interface ControlAction {
  readonly act: (world: World, body: unknown) => object
  /** The fields of its body, for the help. */
  readonly fields: string
}

function action<Schema extends z.ZodType>(
  schema: Schema,
  act: (world: World, input: z.output<Schema>) => object,
): ControlAction {
  return { act: (world, body) => act(world, check(schema, body ?? {})), fields: fieldsOf(schema) }
}

// As `{name, name?, name: one | other}`.
function fieldsOf(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema)
  const fields = Object.entries(properties).map(([name, field]) => {
    const values = typeof field === 'object' && field.enum !== undefined ? `: ${field.enum.join(' | ')}` : ''
    return `${name}${required.includes(name) ? '' : '?'}${values}`
  })
  return `{${fields.join(', ')}}`
}

/** Actions by name. What the input does not say (who, where), they choose. */
export const controlActions: Readonly<Record<string, ControlAction>> = {
  hire: action(
    z.strictObject({
      ...directory,
      department: text,
      firstName: text,
      lastName: text,
      email: z.email().nullable().optional(),
    }),
    hire,
  ),
  move: action(z.strictObject({ ...user, department: text }), move),
  rename: action(z.strictObject({ ...user, firstName: text, lastName: text, changeEmail: yes }), rename),
  promote: action(z.strictObject(user), promote),
  offboard: action(z.strictObject({ ...user, announceRemovals: yes }), offboard),
  rehire: action(z.strictObject({ ...user, sameId: yes }), rehire),
  bulkHire: action(z.strictObject({ ...directory, count: people(10_000) }), bulkHire),
  bulkOffboard: action(z.strictObject({ ...directory, count: people(10_000) }), bulkOffboard),
  createGroup: action(z.strictObject({ ...directory, name: text }), createGroup),
  renameGroup: action(z.strictObject({ ...group, name: text }), renameGroup),
  deleteGroup: action(z.strictObject(group), deleteGroup),
  joinGroup: action(z.strictObject({ ...group, userId: text }), joinGroup),
  leaveGroup: action(z.strictObject({ ...group, userId: text }), leaveGroup),
  createDirectory: action(
    z.strictObject({
      provider: z.enum(providerKeys),
      organizationId: text,
      name: text,
      users: z.int().min(0).max(10_000).optional(),
      keepsInactive: yes,
    }),
    createDirectory,
  ),
  signIn: action(z.strictObject({ workosUserId: z.string().min(1), organizationId: text }), signIn),
  deleteDirectory: action(z.strictObject({ directoryId: z.string().min(1), unheard: yes }), deleteDirectory),
  changeDirectory: action(
    z.strictObject({
      directoryId: z.string().min(1),
      name: text,
      state: z.enum(['linked', 'unlinked', 'validating', 'invalid_credentials', 'deleting']).optional(),
    }),
    changeDirectory,
  ),
}
