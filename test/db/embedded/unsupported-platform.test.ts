import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { copyModule, installForeignPackage, platformPackage } from './copied-module.ts'
import { clusterFolder, scratchFolder } from './left-behind.ts'
import { spawnOwner } from './owner-process.ts'

vi.setConfig({ testTimeout: 15_000 })

const scratch = scratchFolder()

test('where the package for the platform is missing, a start says so, names DATABASE_URL, makes nothing', async () => {
  const program = copyModule(join(scratch, 'without'))
  const dir = clusterFolder(join(scratch, 'without-data'))
  const refused = await spawnOwner(dir, { program }).refused
  expect(refused).toContain(`the package ${platformPackage} is not installed`)
  expect(refused).toContain('Set DATABASE_URL')
  expect(existsSync(dir)).toBe(false)
})

test('where the programs do not run, a start says so and names DATABASE_URL, each time', async () => {
  const program = copyModule(join(scratch, 'foreign'))
  installForeignPackage(join(scratch, 'foreign'))
  const dir = clusterFolder(join(scratch, 'foreign-data'))
  for (let attempt = 0; attempt < 2; attempt++) {
    const refused = await spawnOwner(dir, { program }).refused
    expect(refused).toContain(`the programs for ${process.platform}-${process.arch} do not run on this system`)
    expect(refused).toContain('Set DATABASE_URL')
  }
})
