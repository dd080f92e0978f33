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

/** Worked out one by one: who asks for one attribute pays for one. */
interface Described {
  readonly document: UserDocument
  readonly sources: AttributeSources
}

const DESCRIPTIONS: Record<AttributeName, string> = {
  department: 'The department.',
  jobTitle: 'The job title.',
  employeeId: "The employee's number at the organization.",
  employeeType: 'How they are employed, such as `Full Time` or `Contractor`, in the words of the provider.',
  managerId: "The manager's id, as the provider has it.",
  managerEmail: "The manager's e-mail address.",
  officeLocation: 'Where they work.',
  phoneNumber: 'A phone number, that of work where there are several.',
  division: 'The division.',
  costCenter: 'The cost center.',
  organization: 'The company that employs them, as the provider names it.',
  orgUnitPath: 'The path of the organizational unit, such as `/Sales/EMEA`.',
  employmentStartDate: 'When the employment began, in the form in which the provider writes it.',
}

const UserAttributes = builder.objectRef<Described>('UserAttributes').implement({
  description:
    'What is known of somebody at work, under the same names whatever the provider. Each is read from where ' +
    '`Directory.attributeMappings` says; null where nothing stands there.',
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
    description: 'Department, job title and so on, under the same names whatever the provider.',
    resolve: async (user, _args, { loaders }) => {
      const mapping = await loaders.attributeMapping.load(user.directoryId)
      if (mapping === null) throw new Error(`${user.directoryId} is named by a row, and is not there`)
      const document = documentOf({
        ...user,
        customAttributes: user.customAttributes as JsonObject,
        rawAttributes: user.rawAttributes as JsonObject,
      })
      return { document, sources: mapping.sources }
    },
  }),
)
