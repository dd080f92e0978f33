/**
 * The fields whose every change the change log tells of, or changes/mark-untold.ts, in the transaction that writes it:
 * an answer that is made of them alone is as good as new while neither has come. Whoever adds a field to this list has
 * read everything that writes what it shows. A field that is not here is asked of the database each time.
 */
export const toldFields: Readonly<Record<string, readonly string[]>> = {
  Query: ['directories', 'directory', 'directoryGroup', 'directoryGroups', 'directoryUser', 'directoryUsers'],
  Organization: ['directories', 'id', 'name'],
  Directory: [
    'attributeMappings',
    'createdAt',
    'deletedAt',
    'domains',
    'groupCount',
    'groups',
    'id',
    'name',
    'organization',
    'provider',
    'state',
    'type',
    'updatedAt',
    'userCount',
    'users',
  ],
  DirectoryUser: [
    'attributes',
    'createdAt',
    'customAttributes',
    'deletedAt',
    'directory',
    'email',
    'firstName',
    'groups',
    'id',
    'idpId',
    'idpRoles',
    'lastName',
    'name',
    'rawAttributes',
    'state',
    'updatedAt',
    'username',
  ],
  DirectoryGroup: ['createdAt', 'deletedAt', 'directory', 'id', 'idpId', 'memberCount', 'members', 'name', 'updatedAt'],
  Provider: ['key', 'name', 'protocol', 'typicalLatencyMinutes'],
  AttributeMapping: ['attribute', 'overridden', 'pointers'],
  UserAttributes: [
    'costCenter',
    'department',
    'division',
    'employeeId',
    'employeeType',
    'employmentStartDate',
    'jobTitle',
    'managerEmail',
    'managerId',
    'officeLocation',
    'orgUnitPath',
    'organization',
    'phoneNumber',
  ],
  DirectoryConnection: ['edges', 'nodes', 'pageInfo', 'totalCount'],
  DirectoryEdge: ['cursor', 'node'],
  DirectoryGroupConnection: ['edges', 'nodes', 'pageInfo', 'totalCount'],
  DirectoryGroupEdge: ['cursor', 'node'],
  DirectoryUserConnection: ['edges', 'nodes', 'pageInfo', 'totalCount'],
  DirectoryUserEdge: ['cursor', 'node'],
  PageInfo: ['endCursor', 'hasNextPage', 'hasPreviousPage', 'startCursor'],
}

/** What makes of a field something else: the past, whose answer ends when the log is purged. */
export const untoldArguments: readonly string[] = ['asOf']

/**
 * Fields at the root that show what lies in one directory, and the argument that names it: its id, or a filter that has
 * it.
 */
export const directoryNamedBy: Readonly<Record<string, string>> = {
  directory: 'id',
  directoryGroups: 'filter',
  directoryUsers: 'filter',
}

/**
 * Told fields that lead from what lies in a directory to what does not, and whose changes are therefore another
 * directory's too.
 */
export const leadingOut: Readonly<Record<string, readonly string[]>> = { Organization: ['directories'] }
