import { ulid } from 'ulid'
import { readAttributeMappings } from '../attributes/read-attribute-mappings.ts'
import { appendChanges } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Bell } from '../changes/bell.ts'
import { createWatch } from '../changes/watch.ts'
import type { Database, Queryable, Tx } from '../db/database.ts'
import { lockDirectory } from '../db/lock-directories.ts'
import { organizationOf } from '../db/organization-of.ts'
import { inTransaction } from '../db/transaction.ts'
import { mappingOfAttribute, type AttributeMapping } from '../directory/attribute-mapping.ts'
import type { UpdateAttributeMapping } from '../operations/update-attribute-mapping.ts'

export interface MappingUpdates {
  readonly update: UpdateAttributeMapping
  close(): void
}

interface MappingUpdatesOptions {
  readonly db: Database
  readonly bell: Bell
  readonly now: () => Date
  /** Signals the worker that there is something to do. */
  readonly nudge: () => void
  readonly onError: (error: unknown) => void
}

type Update = Parameters<UpdateAttributeMapping>[0]

/**
 * Stores mappings, which changes users' values from that moment, and waits until the worker (remapAttributes) has
 * reported each of them. A directory has one such change under way at a time: another one waits for its end.
 */
export function createMappingUpdates({ db, bell, now, nudge, onError }: MappingUpdatesOptions): MappingUpdates {
  const watch = createWatch({ bell, read: (ids) => readRemaps(db.pool, ids), onError })

  /** How many users a remap has changed, once it has ended; 0 if it is forgotten. */
  function ended(id: string): Promise<number> {
    return new Promise((resolve) => {
      const following = watch.follow(id, (remap) => {
        if (remap?.finished === false) return
        following.close()
        resolve(remap?.changed ?? 0)
      })
    })
  }

  return {
    async update(asked) {
      for (;;) {
        const { remapId, isAsked } = await inTransaction(db.pool, (tx) => begin(tx, asked, now()))
        if (remapId === null) return 0
        nudge()
        const changed = await ended(remapId)
        if (isAsked) return changed
      }
    },
    close: () => watch.close(),
  }
}

interface Begun {
  /** What to wait for; null if nothing is to change. */
  readonly remapId: string | null
  /** Whether it does what was requested, or has to end before that can begin. */
  readonly isAsked: boolean
}

async function begin(tx: Tx, asked: Update, now: Date): Promise<Begun> {
  const { directoryId, attribute, pointers, actor } = asked
  await lockDirectory(tx, directoryId)
  const mapping = (await readAttributeMappings(tx, [directoryId])).get(directoryId)
  if (mapping === undefined) throw new Error(`${directoryId} no longer exists`)
  const former = mappingOfAttribute(mapping, attribute)
  const next: AttributeMapping = {
    attribute,
    pointers: pointers ?? mapping.defaults[attribute],
    overridden: pointers !== null,
  }
  const underWay = await findUnderWay(tx, directoryId)
  if (isSame(former, next)) {
    // Requested again, perhaps after a broken connection: the change under way is the requested one.
    const remapId = underWay?.attribute === attribute ? underWay.id : null
    return { remapId, isAsked: true }
  }
  if (underWay !== null) return { remapId: underWay.id, isAsked: false }
  await store(tx, directoryId, next)
  const { position } = await appendChanges(tx, [
    draftChange(byHand({ actor }, now, { directoryId }), {
      kind: 'ATTRIBUTE_MAPPING_UPDATED',
      organizationId: await organizationOf(tx, directoryId),
      ...difference(former, next),
      detail: { attribute, pointers: [...next.pointers], overridden: next.overridden },
    }),
  ])
  if (samePointers(former, next)) return { remapId: null, isAsked: true }
  // After the change is appended, since its position in the log separates earlier users from later ones.
  const remapId = `attribute_remap_${ulid()}`
  const values = [remapId, directoryId, attribute, former.pointers, next.pointers, actor, position, now]
  await tx.query(BEGIN, values)
  return { remapId, isAsked: true }
}

function isSame(a: AttributeMapping, b: AttributeMapping): boolean {
  return a.overridden === b.overridden && samePointers(a, b)
}

function samePointers(a: AttributeMapping, b: AttributeMapping): boolean {
  return JSON.stringify(a.pointers) === JSON.stringify(b.pointers)
}

async function findUnderWay(tx: Tx, directoryId: string): Promise<{ id: string; attribute: string } | null> {
  const text = 'select id, attribute from attribute_remap where directory_id = $1 and finished_at is null'
  return (await tx.query<{ id: string; attribute: string }>(text, [directoryId])).rows[0] ?? null
}

async function store(
  tx: Tx,
  directoryId: string,
  { attribute, pointers, overridden }: AttributeMapping,
): Promise<void> {
  await tx.query(`delete from attribute_remap where finished_at < now() - interval '1 hour'`)
  if (!overridden) {
    await tx.query('delete from attribute_mapping where directory_id = $1 and attribute = $2', [directoryId, attribute])
    return
  }
  await tx.query(
    `insert into attribute_mapping (directory_id, attribute, pointers) values ($1, $2, $3)
     on conflict (directory_id, attribute) do update set pointers = excluded.pointers`,
    [directoryId, attribute, pointers],
  )
}

function difference(former: AttributeMapping, next: AttributeMapping) {
  const previous = {
    ...(!samePointers(former, next) && { pointers: [...former.pointers] }),
    ...(former.overridden !== next.overridden && { overridden: former.overridden }),
  }
  return { changedFields: Object.keys(previous), previous }
}

interface RemapProgress {
  readonly finished: boolean
  readonly changed: number
}

async function readRemaps(db: Queryable, ids: readonly string[]): Promise<Map<string, RemapProgress>> {
  const text = 'select id, finished_at is not null as finished, changed from attribute_remap where id = any($1::text[])'
  const { rows } = await db.query<RemapProgress & { id: string }>(text, [ids])
  return new Map(rows.map((row) => [row.id, row]))
}

const BEGIN = `
  insert into attribute_remap (id, directory_id, attribute, former, pointers, actor, position, started_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`
