import { expect, test } from 'vitest'
import { lockKey, lockNames } from '../../src/db/advisory-lock.ts'

test('instances of the version before and of this one keep each other out', () => {
  expect(lockKey('$1')).toBe('hashtextextended($1, 7264551)')
  const { accountsOf, endpointsOf, jobsOf, ...others } = lockNames
  expect(accountsOf('org_1')).toBe('accounts of org_1')
  expect([endpointsOf('org_1'), endpointsOf(null)]).toEqual(['webhook endpoints of org_1', 'webhook endpoints of '])
  expect(jobsOf('worker-1')).toBe('jobs of worker-1')
  expect(others).toEqual({
    roleAdministration: 'role-administration',
    roleMappings: 'role-mappings',
    setupInvitations: 'setup-invitation',
    prepareJobs: 'prepare-jobs',
  })
})
