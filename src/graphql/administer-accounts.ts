import type { Administrator } from '../directory/administrator.ts'
import type { AccountOperations } from '../directory/account-operations.ts'
import { GIVEN_ID, isGivenId } from '../directory/given-id.ts'
import type { Account } from '../generated/prisma/client.ts'
import { act } from './act.ts'
import { administratorOf } from './administrator.ts'
import type { Context } from './context.ts'
import { NotFoundError, type ValidationIssue } from './errors.ts'

/**
 * Has an operation on accounts done by the viewer, within their organization. Throws the errors that mutations name.
 */
export function administerAccounts<Value>(
  context: Context,
  work: (accounts: AccountOperations, by: Administrator) => Promise<Value>,
): Promise<Value> {
  const by = administratorOf(context, 'accounts:write')
  return act(context, ({ accounts }) => work(accounts, by))
}

/** An account as it is now. Throws NotFoundError where there is none. */
export async function theAccount({ loaders }: Context, id: string): Promise<Account> {
  const account = await loaders.account.load(id)
  if (account === null) throw new NotFoundError('user', id)
  return account
}

/** What is wrong with an id that the application or AuthKit gave. */
export function idIssues(path: readonly string[], id: string | null | undefined): ValidationIssue[] {
  return id == null || isGivenId(id) ? [] : [{ path, message: GIVEN_ID }]
}
