import { defaultSources } from './attribute-defaults.ts'
import { attributeNames, type AttributeName, type AttributeSources } from './attributes.ts'
import { providerOf } from './providers.ts'

/** Where an attribute of a directory's users is read from. */
export interface AttributeMapping {
  readonly attribute: AttributeName
  readonly pointers: readonly string[]
  /** Whether these pointers are the directory's own rather than its provider's. */
  readonly overridden: boolean
}

/** The complete mapping of one directory. */
export interface DirectoryMapping {
  readonly sources: AttributeSources
  /** Its provider's defaults. */
  readonly defaults: AttributeSources
  readonly overridden: ReadonlySet<AttributeName>
}

/**
 * A directory's own pointers by attribute. Names that are not attributes, which an older version may have stored, are
 * ignored.
 */
export interface Overrides {
  readonly [attribute: string]: readonly string[]
}

/** The mapping of a directory of this `type`, WorkOS's string for it. */
export function mappingOf(type: string, overrides: Overrides): DirectoryMapping {
  const defaults = defaultSources(providerOf(type).key)
  const own = attributeNames.filter((name) => Object.hasOwn(overrides, name))
  if (own.length === 0) return { sources: defaults, defaults, overridden: new Set() }
  const given = Object.fromEntries(own.map((name) => [name, overrides[name]!]))
  return { sources: { ...defaults, ...given }, defaults, overridden: new Set(own) }
}

export function mappingOfAttribute(
  { sources, overridden }: DirectoryMapping,
  attribute: AttributeName,
): AttributeMapping {
  return { attribute, pointers: sources[attribute], overridden: overridden.has(attribute) }
}
