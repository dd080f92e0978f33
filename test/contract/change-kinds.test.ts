import type { GraphQLInterfaceType } from 'graphql'
import { expect, expectTypeOf, test } from 'vitest'
import { CHANGE_NAMES, type ChangeKind } from '../../src/directory/change-kinds.ts'
import { ChangeKind as Stored } from '../../src/generated/prisma/enums.ts'
import { schema } from '../../src/graphql/schema.ts'

const names = Object.values(CHANGE_NAMES)

test('the database has the kinds of the table, and no other', () => {
  expectTypeOf<ChangeKind>().toEqualTypeOf<Stored>()
  expect(names.map(({ kind }) => kind).toSorted()).toEqual(Object.values(Stored).toSorted())
})

test('every type of change of the table is in the schema, and no other but the gap', () => {
  const types = schema.getPossibleTypes(schema.getType('Change') as GraphQLInterfaceType).map(({ name }) => name)
  const ofTable = new Set<string>(names.map(({ typeName }) => typeName))
  expect(types.toSorted()).toEqual([...ofTable, 'DiscontinuityChange'].toSorted())
})
