/**
 * The fields whose every change is recorded by the change log, or by changes/mark-untold.ts, in the transaction that
 * writes it: a response made only of these is current while neither records anything. Before adding a field to this
 * list, read everything that writes what it shows. Fields not listed are read from the database each time.
 */
export const cacheableFields: Readonly<Record<string, readonly string[]>> = {
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

/** Arguments that exclude a field: they ask for the past, which is no longer available once the log is purged. */
export const uncacheableArguments: readonly string[] = ['asOf']

/**
 * Root fields that show the contents of one directory, and the argument that names it: its id, or a filter that
 * contains it.
 */
export const directoryNamedBy: Readonly<Record<string, string>> = {
  directory: 'id',
  directoryGroups: 'filter',
  directoryUsers: 'filter',
}

/**
 * Cacheable fields that lead from within a directory to outside it, so that changes of other directories affect them,
 * too.
 */
export const leadingOut: Readonly<Record<string, readonly string[]>> = { Organization: ['directories'] }
