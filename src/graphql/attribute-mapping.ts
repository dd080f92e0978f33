import { mappingOfAttribute, type AttributeMapping as Shape } from '../directory/attribute-mapping.ts'
import { attributeNames, isAttributeName, type AttributeName } from '../directory/attributes.ts'
import { isRaw, MOST_POINTERS, pointerFault } from '../directory/check-pointers.ts'
import type { Directory as Model } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { Directory } from './directory.ts'
import { ForbiddenError, NotFoundError, ValidationError, type ValidationIssue } from './errors.ts'
import { requireScope } from './require-scope.ts'

export const AttributeMapping = builder.objectRef<Shape>('AttributeMapping').implement({
  description: 'Where an attribute of the users of a directory is read from.',
  fields: (t) => ({
    attribute: t.exposeString('attribute', { description: 'A field of `UserAttributes`, such as `department`.' }),
    pointers: t.field({
      type: ['String'],
      description:
        'JSON Pointers (RFC 6901) into the user as WorkOS sends it, such as `/custom_attributes/department_name`: the ' +
        'first that leads to a value wins. In a list, a part that is no index chooses the entry of that `type`, and ' +
        '`primary` the primary one.',
      resolve: ({ pointers }) => [...pointers],
    }),
    overridden: t.exposeBoolean('overridden', {
      description: "Whether they are the directory's own, and not those of its provider.",
    }),
  }),
})

async function mappingsOf({ loaders }: Context, directoryId: string): Promise<Shape[]> {
  const mapping = await loaders.attributeMapping.load(directoryId)
  if (mapping === null) throw new Error(`${directoryId} is not there any more`)
  return attributeNames.map((name) => mappingOfAttribute(mapping, name))
}

builder.objectField(Directory, 'attributeMappings', (t) =>
  t.field({
    type: [AttributeMapping],
    description: 'Where the attributes of its users are read from, for each attribute.',
    complexity: { field: 1, multiplier: attributeNames.length },
    resolve: ({ id }, _args, context) => mappingsOf(context, id),
  }),
)

const UpdateAttributeMappingInput = builder.inputType('UpdateAttributeMappingInput', {
  description: 'Where an attribute is to be read from.',
  fields: (t) => ({
    directoryId: t.id({ required: true, description: "The directory's id: `directory_…`." }),
    attribute: t.string({ required: true, description: 'A field of `UserAttributes`, such as `department`.' }),
    pointers: t.stringList({
      description:
        `JSON Pointers, ${MOST_POINTERS} at the most, the first ones first; none of them: the attribute is null. ` +
        "Null: where the directory's provider has it. Pointers into `raw_attributes` need the scope `users:read:raw`.",
    }),
  }),
})

interface Updated {
  readonly directory: Model
  readonly mapping: Shape
  readonly changedUsers: number
}

const AttributeMappingUpdate = builder.objectRef<Updated>('AttributeMappingUpdate').implement({
  description: 'A mapping that was changed.',
  fields: (t) => ({
    directory: t.expose('directory', { type: Directory, description: 'Whose mapping it is.' }),
    mapping: t.expose('mapping', { type: AttributeMapping, description: 'What holds now.' }),
    changedUsers: t.exposeInt('changedUsers', {
      description: 'How many users, active and inactive ones, have another value by it. Each has a change in the log.',
    }),
  }),
})

function check(input: typeof UpdateAttributeMappingInput.$inferInput): AttributeName {
  const { attribute, pointers } = input
  const issues: ValidationIssue[] = []
  if (!isAttributeName(attribute))
    issues.push({ path: ['input', 'attribute'], message: `must be one of ${attributeNames.join(', ')}` })
  if (pointers === undefined)
    issues.push({
      path: ['input', 'pointers'],
      message: "must be given; null is for those of the directory's provider",
    })
  if ((pointers?.length ?? 0) > MOST_POINTERS)
    issues.push({ path: ['input', 'pointers'], message: `must be ${MOST_POINTERS} at the most` })
  for (const [index, pointer] of pointers?.slice(0, MOST_POINTERS).entries() ?? []) {
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
      "Changes where an attribute of a directory's users is read from. It holds at once; the answer comes when every user " +
      'who has another value by it has a change in the log. Needs the scope `sync:write`.',
    errors: {
      types: [NotFoundError, ValidationError, ForbiddenError],
      union: { name: 'UpdateAttributeMappingResult', description: 'What holds now, or why nothing was changed.' },
    },
    args: {
      input: t.arg({ type: UpdateAttributeMappingInput, required: true, description: 'From where it is to be read.' }),
    },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'sync:write')
      const attribute = check(input)
      const { directoryId, pointers = null } = input
      // Or else whoever may change mappings could read all of them by it.
      if (pointers?.some(isRaw) === true) requireScope(context, 'users:read:raw')
      const directory = await context.loaders.directory.load(directoryId)
      if (directory === null) throw new NotFoundError('directory', directoryId)
      const update = { directoryId, attribute, pointers, actor: context.viewer.id }
      const changedUsers = await act(context, ({ updateAttributeMapping }) => updateAttributeMapping(update))
      const mapping = (await mappingsOf(context, directoryId)).find((one) => one.attribute === attribute)!
      return { directory, mapping, changedUsers }
    },
  }),
)
