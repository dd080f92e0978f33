import { execFile } from 'node:child_process'
import { chownSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, refuseForeign } from './account.ts'
import { makeWholeFolder } from './make-folder.ts'

// UTF-8, whatever the environment's LANG. Text sorts by code point; lists for people request an ICU collation.
const OPTIONS = [
  '--username=postgres',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth-local=trust',
  '--auth-host=reject',
]

/** The environment of PostgreSQL's programs. None of this process's settings reach them. */
export const serverEnvironment = () => ({ PATH: process.env.PATH, LC_ALL: 'C' })

interface DataFolder {
  /** The data folder, whose parent exists. */
  readonly data: string
  /** The folder of PostgreSQL's executables. */
  readonly programs: string
  readonly account: Account | null
  /** Whether files are flushed to disk, to survive a power failure. */
  readonly sync: boolean
}

/** Creates the data folder with an empty database cluster, unless it exists. Throws initdb's message if it fails. */
export async function initialise({ data, programs, account, sync }: DataFolder): Promise<void> {
  await makeWholeFolder(data, async (fresh) => {
    if (account !== null) chownSync(fresh, account.uid, account.gid)
    const args = ['-D', fresh, ...OPTIONS, ...(sync ? [] : ['--no-sync'])]
    try {
      await promisify(execFile)(join(programs, 'initdb'), args, { ...account, cwd: '/', env: serverEnvironment() })
    } catch (cause) {
      throw new Error(`PostgreSQL could not create ${data}: ${String(cause)}`, { cause })
    }
  })
}

/**
 * Throws, naming the folder `dir` that the user knows, if its data belongs to another account or was created by a major
 * version of PostgreSQL other than `major`: no version reads the files of another.
 */
export function refuseUnusable(dir: string, data: string, account: Account | null, major: string): void {
  refuseForeign(data, [account?.uid ?? process.getuid?.()])
  const file = join(data, 'PG_VERSION')
  if (!existsSync(file)) return // PostgreSQL itself explains better what is wrong
  const found = readFileSync(file, 'utf8').trim()
  if (found === major) return
  throw new Error(
    `${dir} holds the data of PostgreSQL ${found}, and this is PostgreSQL ${major}: move the folder away to start ` +
      'with an empty one, or set DATABASE_URL to a server of that version',
  )
}
