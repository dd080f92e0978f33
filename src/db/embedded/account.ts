import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Whether this process runs as root, which PostgreSQL refuses. */
export const isRoot = () => process.getuid?.() === 0

/**
 * The account that PostgreSQL is to run as; null for that of this process. For root it is the owner of the data folder
 * if that exists, else `nobody`, else the first account that is not root. Creates no account. Throws if the system has
 * none.
 */
export function serverAccount(data: string): Account | null {
  if (!isRoot()) return null
  const owner = statSync(data, { throwIfNoEntry: false })
  if (owner !== undefined) return { uid: owner.uid, gid: owner.gid }
  const others = accounts().filter((account) => account.uid > 0) // macOS gives its nobody -2, which Node cannot use
  const account = others.find(({ name }) => name === 'nobody') ?? others[0]
  if (account === undefined) throw new Error('PostgreSQL does not run as root, and /etc/passwd has no other account')
  return account
}

/** Throws if `path` exists and belongs to none of `owners`, by default the account of this process. */
export function refuseForeign(path: string, owners: (number | undefined)[] = [process.getuid?.()]): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined || owners.includes(found.uid)) return
  throw new Error(`${path} belongs to another user (uid ${found.uid})`)
}

function accounts(): (Account & { name: string })[] {
  if (!existsSync('/etc/passwd')) return []
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
}
