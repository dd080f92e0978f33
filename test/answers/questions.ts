import { cacheableFields } from '../../src/answers/cacheable-fields.ts'

const fieldsOf = (type: string): readonly string[] => cacheableFields[type]!
const ALL_STATES = 'state: [ACTIVE, INACTIVE, DELETED]'

/** Names of fields that need no selection of their own. */
const leaves = (type: string, ...objects: string[]): string => {
  const given = objects.map((object) => /^\w+/.exec(object)![0])
  return fieldsOf(type)
    .filter((field) => !given.includes(field) && !OBJECTS.has(`${type}.${field}`))
    .join(' ')
    .concat(' ', objects.join(' '))
}
const OBJECTS = new Set([
  'Directory.attributeMappings',
  'Directory.groups',
  'Directory.organization',
  'Directory.provider',
  'Directory.users',
  'DirectoryUser.attributes',
  'DirectoryUser.directory',
  'DirectoryUser.groups',
  'DirectoryGroup.directory',
  'DirectoryGroup.members',
  'Organization.directories',
])

const PAGE = `totalCount pageInfo { ${fieldsOf('PageInfo').join(' ')} }`
const MAPPINGS = `attributeMappings { ${fieldsOf('AttributeMapping').join(' ')} }`
const ATTRIBUTES = `attributes { ${fieldsOf('UserAttributes').join(' ')} }`
const USER = `{ ${leaves('DirectoryUser', ATTRIBUTES, 'directory { id name }')} }`
const GROUP = `{ ${leaves('DirectoryGroup', 'directory { id state }')} }`
const USERS = `{ edges { cursor } nodes ${USER.replace(/}$/, `groups(first: 9) { ${PAGE} edges { cursor node ${GROUP} } } }`)} ${PAGE} }`
const GROUPS = `{ edges { cursor node ${GROUP} } nodes { id members(first: 9) { ${PAGE} nodes { id state } } } ${PAGE} }`
const OF_ORGANIZATION = 'organization { id name directories { nodes { id } } }'
const PROVIDER = `provider { ${fieldsOf('Provider').join(' ')} }`
const DIRECTORY = leaves('Directory', MAPPINGS, OF_ORGANIZATION, PROVIDER)

/**
 * Questions that hold every field of which all changes are told, of all that the viewer sees, of two directories, and
 * of one of them alone.
 */
export function questionsOf([one, other]: readonly [string, string], user: string, group: string): string[] {
  const both = [one, other].map((id, n) => `d${n}: directory(id: "${id}") { ${DIRECTORY} ${leavesOfCounts} }`).join(' ')
  return [
    `{ ${both} }`,
    `{ directories(filter: { state: [ACTIVE, INACTIVE, DELETED, VALIDATING, INVALID_CREDENTIALS] }, last: 3, orderBy: { field: UPDATED_AT }) { edges { cursor node { id } } nodes { id name state deletedAt } ${PAGE} } }`,
    `{ directoryUsers(filter: { directoryId: "${one}", ${ALL_STATES} }, first: 20) ${USERS} directoryUser(id: "${user}") ${USER} }`,
    `{ directory(id: "${other}") { users(first: 2, filter: { ${ALL_STATES} }, orderBy: { field: UPDATED_AT, direction: DESC }) ${USERS} } }`,
    `{ directory(id: "${one}") { organization { directories { nodes { id name state userCount } } } } }`,
    `{ directoryUsers(filter: { directoryId: "${one}", groupId: "${group}", ${ALL_STATES} }, first: 20) ${USERS} }`,
    `{ directoryGroups(filter: { directoryId: "${other}", userId: "${user}" }, first: 9) ${GROUPS} directory(id: "${other}") { ${DIRECTORY.replace(OF_ORGANIZATION, 'organization { id name }')} } }`,
    `{ directoryGroups(filter: { directoryId: "${one}" }, first: 9) ${GROUPS} directoryGroup(id: "${group}") ${GROUP} directory(id: "${other}") { groups(first: 9, orderBy: { field: NAME }) ${GROUPS} } }`,
  ]
}
const leavesOfCounts = 'inactive: userCount(state: INACTIVE) deleted: userCount(state: DELETED)'
