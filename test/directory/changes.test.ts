import { expect, test } from 'vitest'
import {
  difference,
  groupChange,
  userChange,
  type DirectoryGroupState,
  type DirectoryUserState,
} from '../../src/directory/changes.ts'
import { unknownGroup, unknownUser, groupFields, userFields, type UserFields } from '../../src/directory/objects.ts'

test('what is told of a user follows from what they were and what they are', () => {
  const states: DirectoryUserState[] = ['UNSEEN', 'ACTIVE', 'INACTIVE', 'DELETED']
  const table = Object.fromEntries(
    states.map((before) => [before, states.map((after) => userChange(before, after, true)?.slice(15) ?? null)]),
  )
  //                     to: unseen, active,        inactive,      deleted
  expect(table).toEqual({
    UNSEEN: [null, 'CREATED', 'CREATED', 'DELETED'],
    ACTIVE: [null, 'UPDATED', 'DEACTIVATED', 'DELETED'],
    INACTIVE: [null, 'REACTIVATED', 'UPDATED', 'DELETED'],
    DELETED: [null, 'REACTIVATED', 'REACTIVATED', null],
  })
  expect(userChange('ACTIVE', 'ACTIVE', false)).toBe(null)
})

test('what is told of a group follows from what it was and what it is', () => {
  const states: DirectoryGroupState[] = ['UNSEEN', 'ACTIVE', 'DELETED']
  const table = Object.fromEntries(
    states.map((before) => [before, states.map((after) => groupChange(before, after, true)?.slice(16) ?? null)]),
  )
  expect(table).toEqual({
    UNSEEN: [null, 'CREATED', 'DELETED'],
    ACTIVE: [null, 'UPDATED', 'DELETED'],
    DELETED: [null, 'CREATED', null],
  })
  expect(groupChange('ACTIVE', 'ACTIVE', false)).toBe(null)
})

const before: UserFields = {
  ...unknownUser(null),
  email: 'a@example.com',
  idpRoles: ['a', 'b'],
  customAttributes: { one: 1, deep: { a: 1, b: [1, 2] } },
  rawAttributes: { secret: 'x' },
}

test('a difference names the fields that differ, with their former values', () => {
  const after = { ...before, email: null, active: false, idpRoles: ['b', 'a'], jobTitle: 'Engineer' }
  expect(difference(before, after, userFields)).toEqual({
    changedFields: ['email', 'jobTitle', 'state', 'idpRoles'],
    previous: { email: 'a@example.com', jobTitle: null, state: 'ACTIVE', idpRoles: ['a', 'b'] },
  })
})

test('attributes are the same whatever order their keys come in, and not when anything inside differs', () => {
  const same = { ...before, customAttributes: { deep: { b: [1, 2], a: 1 }, one: 1 } }
  expect(difference(before, same, userFields).changedFields).toEqual([])
  const others = [
    { one: 1, deep: { a: 1, b: [2, 1] } },
    { one: 1, deep: { a: 1, b: [1, 2, 3] } },
    { one: '1', deep: { a: 1, b: [1, 2] } },
    { one: 1, deep: { a: 1, b: { 0: 1, 1: 2 } } },
    { one: 1 },
    { one: null, deep: { a: 1, b: [1, 2] } },
  ]
  for (const customAttributes of others)
    expect(difference(before, { ...before, customAttributes }, userFields).changedFields).toEqual(['customAttributes'])
})

test('of custom attributes only those that changed are told, and null for one that was not there', () => {
  const attributes = { one: 2, deep: { a: 1, b: [1, 2] }, constructor: 'x', new: true }
  expect(difference(before, { ...before, customAttributes: attributes }, userFields).previous).toEqual({
    customAttributes: { one: 1, constructor: null, new: null },
  })
})

test('raw attributes are named, and not told: whoever reads changes may lack their scope', () => {
  expect(difference(before, { ...before, rawAttributes: { secret: 'y' } }, userFields)).toEqual({
    changedFields: ['rawAttributes'],
    previous: {},
  })
})

test('clocks are no news, and deletion has kinds of its own', () => {
  const at = new Date()
  expect(difference(before, { ...before, createdAt: at, updatedAt: at, deletedAt: at }, userFields).changedFields).toEqual([]) // oxfmt-ignore
  const group = unknownGroup(null)
  expect(difference(group, { ...group, name: 'Ops', updatedAt: at }, groupFields)).toEqual({
    changedFields: ['name'],
    previous: { name: '' },
  })
})
