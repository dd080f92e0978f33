import {
  mappingOfAttribute,
  type AttributeMapping as Shape,
  type DirectoryMapping,
} from '../directory/attribute-mapping.ts'
import { attributeNames, isAttributeName, type AttributeName } from '../directory/attributes.ts'
import { isRaw, MAX_POINTERS, pointerFault } from '../directory/check-pointers.ts'
import type { Directory as Model } from '../generated/prisma/client.ts'
import type { Issue } from '../operations/refusal.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { Directory } from './directory.ts'
import { ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import { requireScope } from './require-scope.ts'

export const AttributeMapping = builder.objectRef<Shape>('AttributeMapping').implement({
  description: 'Where an attribute of the users of a directory is read from.',
  fields: (t) => ({
    attribute: t.exposeString('attribute', { description: 'A field of `UserAttributes`, such as `department`.' }),
    pointers: t.field({
      type: ['String'],
      description:
        'JSON Pointers (RFC 6901) into the user as sent by WorkOS, such as `/custom_attributes/department_name`: ' +
        'the first one that leads to a value wins. In a list, a part that is not an index selects the entry with ' +
        'that `type`, and `primary` selects the primary entry.',
      resolve: ({ pointers }) => [...pointers],
    }),
    overridden: t.exposeBoolean('overridden', {
      description: "Whether the directory overrides its provider's pointers.",
    }),
  }),
})

async function mappingOf({ loaders }: Context, directoryId: string): Promise<DirectoryMapping> {
  const mapping = await loaders.attributeMapping.load(directoryId)
  if (mapping === null) throw new Error(`${directoryId} no longer exists`)
  return mapping
}

builder.objectField(Directory, 'attributeMappings', (t) =>
  t.field({
    type: [AttributeMapping],
    description: 'Where each attribute of its users is read from.',
    complexity: { field: 1, multiplier: attributeNames.length },
    resolve: async ({ id }, _args, context) => {
      const mapping = await mappingOf(context, id)
      return attributeNames.map((name) => mappingOfAttribute(mapping, name))
    },
  }),
)

const UpdateAttributeMappingInput = builder.inputType('UpdateAttributeMappingInput', {
  description: 'Where to read an attribute from.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: "The directory's id: `directory_…`." }),
    attribute: t.string({ required: true, description: 'A field of `UserAttributes`, such as `department`.' }),
    pointers: t.stringList({
      description:
        `At most ${MAX_POINTERS} JSON Pointers, in order of precedence; an empty list makes the attribute null. ` +
        "Null restores the pointers of the directory's provider. Pointers into `raw_attributes` need the scope " +
        '`users:read:raw`.',
    }),
  }),
})

interface Updated {
  readonly directory: Model
  readonly mapping: Shape
  readonly changedUsers: number
}

const AttributeMappingUpdate = builder.objectRef<Updated>('AttributeMappingUpdate').implement({
  description: 'A changed attribute mapping.',
  fields: (t) => ({
    directory: t.expose('directory', { type: Directory, description: 'The directory of the mapping.' }),
    mapping: t.expose('mapping', { type: AttributeMapping, description: 'The mapping as it is now.' }),
    changedUsers: t.exposeInt('changedUsers', {
      description:
        'How many users, active and inactive, have a different value as a result. Each has a change in the log.',
    }),
  }),
})

function check(input: typeof UpdateAttributeMappingInput.$inferInput): AttributeName {
  const { attribute, pointers } = input
  const issues: Issue[] = []
  if (!isAttributeName(attribute))
    issues.push({ path: ['input', 'attribute'], message: `must be one of ${attributeNames.join(', ')}` })
  if (pointers === undefined)
    issues.push({
      path: ['input', 'pointers'],
      message: "is required; null restores those of the directory's provider",
    })
  if ((pointers?.length ?? 0) > MAX_POINTERS)
    issues.push({ path: ['input', 'pointers'], message: `must have at most ${MAX_POINTERS} entries` })
  for (const [index, pointer] of pointers?.slice(0, MAX_POINTERS).entries() ?? []) {
    const fault = pointerFault(pointer)
    if (fault !== null) issues.push({ path: ['input', 'pointers', String(index)], message: fault })
  }
  if (issues.length > 0 || !isAttributeName(attribute)) throw new ValidationError(...issues)
  return attribute
}

builder.mutationField('updateAttributeMapping', (t) =>
  t.field({
    type: AttributeMappingUpdate,
    description:
      "Changes where an attribute of a directory's users is read from. It takes effect immediately; the response " +
      'arrives once every user whose value differs has a change in the log. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError],
      union: { name: 'UpdateAttributeMappingResult', description: 'The changed mapping, or why nothing was changed.' },
    },
    args: {
      input: t.arg({ type: UpdateAttributeMappingInput, required: true, description: 'Where to read it from.' }),
    },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'sync:write')
      const attribute = check(input)
      const { directoryId, pointers = null } = input
      // Otherwise any caller who can change mappings could read all raw attributes through one.
      if (pointers?.some(isRaw) === true) requireScope(context, 'users:read:raw')
      const directory = await context.loaders.directory.load(directoryId)
      if (directory === null) throw new NotFoundError('directory', directoryId)
      const update = { directoryId, attribute, pointers, actor: context.viewer.id }
      const changedUsers = await act(context, ({ updateAttributeMapping }) => updateAttributeMapping(update))
      const mapping = mappingOfAttribute(await mappingOf(context, directoryId), attribute)
      return { directory, mapping, changedUsers }
    },
  }),
)
