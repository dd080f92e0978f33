import type { Administrator } from '../operations/administrator.ts'
import type { AccountOperations } from '../operations/account-operations.ts'
import { GIVEN_ID, isGivenId } from '../operations/given-id.ts'
import type { Issue } from '../operations/refusal.ts'
import type { Account } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import type { Context } from './context.ts'
import { NotFoundError } from './errors.ts'

/**
 * Performs an operation on accounts as the viewer, within their organization. Throws the errors that mutations declare.
 */
export function administerAccounts<Value>(
  context: Context,
  work: (accounts: AccountOperations, by: Administrator) => Promise<Value>,
): Promise<Value> {
  const by = administratorOf(context, 'accounts:write')
  return act(context, ({ accounts }) => work(accounts, by))
}

/** Returns the current account. Throws NotFoundError if there is none. */
export async function theAccount({ loaders }: Context, id: string): Promise<Account> {
  const account = await loaders.account.load(id)
  if (account === null) throw new NotFoundError('user', id)
  return account
}

/** Returns what is wrong with an id assigned by the application or AuthKit. */
export function idIssues(path: readonly string[], id: string | null | undefined): Issue[] {
  return id == null || isGivenId(id) ? [] : [{ path, message: GIVEN_ID }]
}
