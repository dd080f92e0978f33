import { ApiError, notFound, raise } from './api-error.ts'
import { deleteDirectory } from './directories.ts'
import { describeDirectory, describeUser } from './describe.ts'
import { pageOf } from './page.ts'
import type { GroupObject, UserObject } from './payload.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Route } from './route.ts'
import type { World } from './world.ts'

/** WorkOS's REST API for Directory Sync and organizations. `userLimit` counts calls for users by directory. */
export function directoryRoutes(world: World, userLimit: RateLimit): Route[] {
  const { store } = world

  const directoryFrom = (id: string) => store.directory(id) ?? raise(notFound('Directory', id))
  const userFrom = (id: string) => store.user(id) ?? raise(notFound('Directory User', id))
  const groupFrom = (id: string) => store.group(id) ?? raise(notFound('Directory Group', id))
  const organizationFrom = (id: string) => store.organization(id) ?? raise(notFound('Organization', id))
  // Always empty for teams created since May 2026: memberships are read from the groups.
  const withGroups = (user: UserObject) => ({ ...describeUser(store, user), groups: [] })

  function spend(directoryId: string): void {
    const waitMs = userLimit.take(directoryId)
    if (waitMs > 0) throw new ApiError(429, 'Ratelimited', { 'retry-after': String(Math.ceil(waitMs / 1000)) })
  }

  /** Returns their ids, in ascending order. */
  function usersFor(query: URLSearchParams): readonly string[] {
    const group = optional(query.get('group'), groupFrom)
    const directory = optional(query.get('directory'), directoryFrom)
    spend(directory?.object.id ?? group?.directory_id ?? '')
    const filters = ['idp_id', 'email'].some((name) => query.has(name))
    // Paging through a hundred thousand must not look at each of them.
    if (!filters && group === null && directory !== null) return store.userIds(directory.object.id)
    if (!filters && group !== null && (directory === null || directory.object.id === group.directory_id))
      return store.memberIds(group.id)
    const inGroup = group === null ? store.users(directory?.object.id) : store.members(group.id)
    const isWanted = (user: UserObject): boolean =>
      (directory === null || user.directory_id === directory.object.id) &&
      matches(query.get('idp_id'), user.idp_id) &&
      matches(query.get('email'), user.email)
    return idsOf(inGroup.filter(isWanted))
  }

  function groupsFor(query: URLSearchParams): GroupObject[] {
    const user = optional(query.get('user'), userFrom)
    const directory = optional(query.get('directory'), directoryFrom)
    if (user === null) return store.groups(directory?.object.id)
    return store.groupsOf(user.id).filter((group) => matches(directory?.object.id ?? null, group.directory_id))
  }

  function directoriesFor(query: URLSearchParams) {
    const search = query.get('search')?.toLowerCase() ?? ''
    const all = store.directories().map(({ object }) => object)
    const wanted = all.filter(
      (directory) =>
        matches(query.get('organization_id'), directory.organization_id) &&
        matches(query.get('domain'), directory.domain ?? null) &&
        directory.name.toLowerCase().includes(search),
    )
    return pageOf(idsOf(wanted), (id) => describeDirectory(store, directoryFrom(id)), query, 'directory')
  }

  return [
    { method: 'GET', path: '/directories', handle: ({ query }) => ({ body: directoriesFor(query) }) },
    {
      method: 'GET',
      path: '/directories/:id',
      handle: ({ params }) => ({ body: describeDirectory(store, directoryFrom(params['id']!)) }),
    },
    {
      method: 'DELETE',
      path: '/directories/:id',
      handle: ({ params }) => {
        deleteDirectory(world, { directoryId: directoryFrom(params['id']!).object.id })
        return { status: 202 }
      },
    },
    {
      method: 'GET',
      path: '/directory_users',
      handle: ({ query }) => ({
        body: pageOf(usersFor(query), (id) => withGroups(userFrom(id)), query, 'directory_user'),
      }),
    },
    {
      method: 'GET',
      path: '/directory_users/:id',
      handle: ({ params }) => {
        const user = userFrom(params['id']!)
        spend(user.directory_id)
        return { body: withGroups(user) }
      },
    },
    {
      method: 'GET',
      path: '/directory_groups',
      handle: ({ query }) => ({ body: pageOf(idsOf(groupsFor(query)), groupFrom, query, 'directory_group') }),
    },
    {
      method: 'GET',
      path: '/directory_groups/:id',
      handle: ({ params }) => ({ body: groupFrom(params['id']!) }),
    },
    {
      method: 'GET',
      path: '/organizations',
      handle: ({ query }) => {
        const domains = query.getAll('domains').flatMap((list) => list.split(','))
        const all = store.organizations()
        const wanted = all.filter(
          (organization) => domains.length === 0 || organization.domains.some(({ domain }) => domains.includes(domain)),
        )
        return { body: pageOf(idsOf(wanted), organizationFrom, query, 'org') }
      },
    },
    {
      method: 'GET',
      path: '/organizations/:id',
      handle: ({ params }) => ({ body: organizationFrom(params['id']!) }),
    },
  ]
}

const idsOf = (objects: readonly { id: string }[]): string[] => objects.map(({ id }) => id).sort()

const matches = (wanted: string | null, value: string | null): boolean => wanted === null || wanted === value

const optional = <T>(id: string | null, find: (id: string) => T): T | null => (id === null ? null : find(id))
