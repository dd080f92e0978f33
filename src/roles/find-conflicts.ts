import type { Tx } from '../db/database.ts'
import type { PlanConflict } from '../operations/mapping-plans.ts'
import { changedMapping, type MappingChange, type MappingState } from '../operations/role-mappings.ts'
import { MAX_STEPS, stepsOf } from './pattern-steps.ts'

/**
 * Limits for one organization's mappings, or for the global ones: of all, and of those with patterns, which take time.
 */
const MAX_MAPPINGS = 1_000
const MAX_PATTERNS = 200

type Stored = Omit<MappingState, 'roles' | 'createdAt'>

/**
 * Returns what prevents changes: mappings that look for the same in the same place, one of which should have all the
 * roles, and more mappings than one owner may have.
 */
export async function findConflicts(tx: Tx, changes: readonly MappingChange[]): Promise<PlanConflict[]> {
  const wanted = changes.map(({ after }) => after).filter((mapping) => mapping !== null)
  const owners = [...new Set(wanted.map(({ organizationId }) => organizationId))]
  const touched = changes.map((change) => changedMapping(change).id)
  const { rows: others } = await tx.query<Stored>(OTHERS, [
    owners.filter((id) => id !== null),
    owners.includes(null),
    touched,
  ])
  const all: Stored[] = [...others, ...wanted]
  const former = changes.map(({ before }) => before).filter((mapping) => mapping !== null)
  return [
    ...twins(wanted, all),
    ...owners.flatMap((owner) => {
      const own = (some: readonly Stored[]) => some.filter((one) => one.organizationId === owner)
      return [...tooMany(own(all)), ...tooManySteps(own(all), stepsOf(own(wanted)) - stepsOf(own(former)))]
    }),
  ]
}

function twins(wanted: readonly Stored[], all: readonly Stored[]): PlanConflict[] {
  const alike = Map.groupBy(all, keyOf)
  const groups = new Set(wanted.map(keyOf).map((key) => alike.get(key)!))
  return [...groups]
    .filter((group) => group.length > 1)
    .map((group) => {
      const mappingIds = group.map(({ id }) => id)
      return {
        message: `${mappingIds.join(', ')} match the same in the same scope: one of them is enough`,
        blocking: true,
        mappingIds,
      }
    })
}

const keyOf = ({ organizationId, directoryId, match, value, attribute }: Stored): string =>
  JSON.stringify([organizationId, directoryId, match, value, attribute])

function tooMany(ofOwner: readonly Stored[]): PlanConflict[] {
  const patterns = ofOwner.filter(({ match }) => match === 'NAME_REGEX').length
  const where = 'an organization, and in those for all organizations'
  const said = [
    ofOwner.length > MAX_MAPPINGS ? `There can be at most ${MAX_MAPPINGS} mappings in ${where}` : null,
    patterns > MAX_PATTERNS ? `There can be at most ${MAX_PATTERNS} mappings by pattern in ${where}` : null,
  ]
  return said.filter((one) => one !== null).map((message) => ({ message, blocking: true, mappingIds: [] }))
}

// An owner that has more, from when that was allowed, keeps them, and may make changes that do not increase them.
function tooManySteps(ofOwner: readonly Stored[], more: number): PlanConflict[] {
  const steps = stepsOf(ofOwner)
  if (steps <= MAX_STEPS || more <= 0) return []
  const message =
    `The patterns of an organization, or those for all organizations, may take at most ${MAX_STEPS} steps in ` +
    `total, as counted by RE2; these would take ${steps}`
  return [{ message, blocking: true, mappingIds: [] }]
}

const OTHERS = `
  select id, organization_id as "organizationId", directory_id as "directoryId", match, value, attribute from role_mapping
  where (organization_id = any($1::text[]) or ($2 and organization_id is null)) and id <> all($3::text[])
  order by id`
