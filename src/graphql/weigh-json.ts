import { getNamedType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql'

/** A value of any size counts as this many fields; a user as sent by WorkOS has about as many, and often more. */
const JSON_COST = 10

/**
 * Law 10, for values that have no fields to count: sets the cost of every field of type JSON. After the schema is
 * built, since the complexity plugin's default by type is a function that reads every field's arguments again.
 */
export function weighJson(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const { type: returned, extensions } of Object.values(type.getFields()))
      if (getNamedType(returned).name === 'JSON') Object.assign(extensions, { complexity: JSON_COST })
  }
  return schema
}
