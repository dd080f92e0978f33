import { directories, groups, members, tree } from './shapes/groups.ts'
import { allEvents, changes, events } from './shapes/log.ts'
import type { Shape } from './shapes/shape.ts'
import { accounts, times, users } from './shapes/users.ts'

/** Common queries. */
export const SHAPES: readonly Shape[] = [
  users('list', '', 'field: CREATED_AT', 'CREATED_AT_ASC'),
  users('latest', '', 'field: CREATED_AT, direction: DESC', 'CREATED_AT_DESC'),
  users('by-name', '', 'field: NAME', 'SORT_NAME_ASC'),
  users('counted', 'totalCount', 'field: CREATED_AT', 'CREATED_AT_ASC'),
  times,
  members,
  accounts,
  changes,
  events,
  allEvents,
  directories,
  groups,
  tree,
]
