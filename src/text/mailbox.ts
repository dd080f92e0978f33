import * as z from 'zod'

const Address = z.email().max(254)

/** Whether a text is the address of one mailbox, such as ada@example.com, and nothing else. */
export function isMailbox(text: string): boolean {
  return Address.safeParse(text).success
}

/**
 * Whether a text may be a person's address: as for isMailbox, but also with letters beyond ASCII (RFC 6531). People
 * have such addresses, though no mail is sent to them from here.
 */
export function isAddress(text: string): boolean {
  return isMailbox(text.replaceAll(BEYOND_ASCII, 'x'))
}

const BEYOND_ASCII = /(?![\0-\x7f])[\p{L}\p{M}\p{N}]/gu
