import * as z from 'zod'

const Address = z.email().max(254)

/** Whether a text is the address of one mailbox, such as ada@example.com, and nothing else. */
export function isMailbox(text: string): boolean {
  return Address.safeParse(text).success
}
