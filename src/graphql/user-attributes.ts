import {
  attributeNames,
  attributeOf,
  documentOf,
  type AttributeName,
  type AttributeSources,
  type UserDocument,
} from '../directory/attributes.ts'
import type { JsonObject } from '../directory/objects.ts'
import { builder } from './builder.ts'
import { DirectoryUser } from './directory-user.ts'

/** Attributes are computed one by one, so that each costs only if selected. */
interface Described {
  readonly document: UserDocument
  readonly sources: AttributeSources
}

const DESCRIPTIONS: Record<AttributeName, string> = {
  department: 'The department.',
  jobTitle: 'The job title.',
  employeeId: 'The employee number at the organization.',
  employeeType: 'The type of employment, such as `Full Time` or `Contractor`, as worded by the provider.',
  managerId: "The manager's id at the provider.",
  managerEmail: "The manager's e-mail address.",
  officeLocation: 'Where they work.',
  phoneNumber: 'A phone number; the work number if there are several.',
  division: 'The division.',
  costCenter: 'The cost center.',
  organization: 'The company that employs them, as the provider names it.',
  orgUnitPath: 'The path of the organizational unit, such as `/Sales/EMEA`.',
  employmentStartDate: "When the employment began, in the provider's format.",
}

const UserAttributes = builder.objectRef<Described>('UserAttributes').implement({
  description:
    'Employment attributes, under the same names for every provider. Each is read according to ' +
    '`Directory.attributeMappings`; null if nothing is there.',
  fields: (t) =>
    Object.fromEntries(
      attributeNames.map((name) => [
        name,
        t.string({
          nullable: true,
          description: DESCRIPTIONS[name],
          resolve: ({ document, sources }) => attributeOf(document, sources[name]),
        }),
      ]),
    ),
})

builder.objectField(DirectoryUser, 'attributes', (t) =>
  t.field({
    type: UserAttributes,
    description: 'Department, job title and so on, under the same names for every provider.',
    resolve: async (user, _args, { loaders }) => {
      const mapping = await loaders.attributeMapping.load(user.directoryId)
      if (mapping === null) throw new Error(`${user.directoryId} is referenced by a row but does not exist`)
      const document = documentOf({
        ...user,
        customAttributes: user.customAttributes as JsonObject,
        rawAttributes: user.rawAttributes as JsonObject,
      })
      return { document, sources: mapping.sources }
    },
  }),
)
