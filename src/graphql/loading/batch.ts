// Batches individual loads into single database queries.
import DataLoader from 'dataloader'

/** The key of what has no parent: DataLoader does not allow null, and no id is empty. */
export const ROOT = ''

/** Loads models by id; null if there is none. See `loadedTogether`. */
export function byId<Model extends { id: string }>(
  find: (ids: string[]) => Promise<Model[]>,
  companions?: readonly string[],
  note: (found: readonly Model[]) => void = () => {},
): DataLoader<string, Model | null> {
  return loadedTogether(async (ids) => new Map((await find(ids)).map((model) => [model.id, model])), companions, note)
}

/**
 * Loads values by id. Loading any of `companions`, which are likely to be requested one after another, loads all of
 * them. `note` is called with whatever was found.
 */
export function loadedTogether<Value>(
  find: (ids: string[]) => Promise<Map<string, Value>>,
  companions: readonly string[] = [],
  note: (found: readonly Value[]) => void = () => {},
): DataLoader<string, Value | null> {
  const known = new Set(companions)
  let begun: Promise<Map<string, Value>> | null = null
  return new DataLoader(async (ids) => {
    const alone = ids.filter((id) => !known.has(id))
    if (alone.length < ids.length) begun ??= find([...known])
    const [found, beside] = await Promise.all([begun, alone.length === 0 ? null : find([...new Set(alone)])])
    const values = ids.map((id) => found?.get(id) ?? beside?.get(id) ?? null)
    note(values.filter((value) => value !== null))
    return values
  })
}

/** Loads values by id; what `none` returns for ids without one. */
export function loadedOr<Value>(
  none: () => Value,
  find: (ids: readonly string[]) => Promise<Pick<ReadonlyMap<string, Value>, 'get'>>,
): DataLoader<string, Value> {
  return new DataLoader(async (ids) => {
    const found = await find(ids)
    return ids.map((id) => found.get(id) ?? none())
  })
}

/** The most column lists per type and operation, since each takes its own statement. */
const MAX_LISTS = 4

/**
 * Returns a loader for each list of columns that GraphQL fields need. Beyond a few different lists, the others read all
 * columns (undefined).
 */
export function byColumns<Loader>(
  columnsFor: (fields: ReadonlySet<string>) => string,
  create: (columns: string | undefined) => Loader,
): (fields: ReadonlySet<string>) => Loader {
  const loaders = new Map<string | undefined, Loader>()
  return (fields) => {
    const asked = columnsFor(fields)
    const columns = loaders.has(asked) || loaders.size < MAX_LISTS ? asked : undefined
    return shared(loaders, columns, () => create(columns))
  }
}

/** Returns the loader shared under a key, which is created the first time. */
export function shared<Key, Loader>(loaders: Map<Key, Loader>, key: Key, create: () => Loader): Loader {
  let loader = loaders.get(key)
  if (loader === undefined) loaders.set(key, (loader = create()))
  return loader
}

/** Loads something for several parents at once. Concurrent requests for other parents share the read. */
export function ofSeveral<Value>(
  read: (parents: readonly string[]) => Promise<Value[]>,
): DataLoader<readonly string[], Value[], string> {
  const load = async (asked: readonly (readonly string[])[]) => {
    const parents = [...new Set(asked.flat())]
    const values = await read(parents)
    const ofParent = new Map(parents.map((parent, index) => [parent, values[index]!]))
    return asked.map((ids) => ids.map((id) => ofParent.get(id)!))
  }
  return new DataLoader(load, { cacheKeyFn: (parents) => parents.join('\n') })
}
