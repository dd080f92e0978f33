import { defaultSources } from './attribute-defaults.ts'
import { attributeNames, type AttributeName, type AttributeSources } from './attributes.ts'
import { providerOf } from './providers.ts'

/** Where a directory has an attribute from. */
export interface AttributeMapping {
  readonly attribute: AttributeName
  readonly pointers: readonly string[]
  /** Whether these pointers are the directory's own, and not those of its provider. */
  readonly overridden: boolean
}

/** The mapping of one directory, whole. */
export interface DirectoryMapping {
  readonly sources: AttributeSources
  /** Where its provider has them. */
  readonly defaults: AttributeSources
  readonly overridden: ReadonlySet<AttributeName>
}

/**
 * Own pointers of a directory by attribute. Names that are no attributes, as an older version may have stored, do
 * nothing.
 */
export interface Overrides {
  readonly [attribute: string]: readonly string[]
}

/** What holds for a directory of this `type`, WorkOS's string for it. */
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

/**
 * Changes where a directory has an attribute from; null: where its provider has it. Gives how many users have another
 * value now.
 */
export type UpdateAttributeMapping = (update: {
  readonly directoryId: string
  readonly attribute: AttributeName
  readonly pointers: readonly string[] | null
  readonly actor: string
}) => Promise<number>
