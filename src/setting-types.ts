// Types of settings: each error message reads on from the setting's name.
import { parseIntoClientConfig } from 'pg-connection-string'
import * as z from 'zod'

export const anyWholeNumber = (smallest: number, largest: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${smallest} to ${largest}`)
    .transform(Number)
    .refine((value) => value >= smallest && value <= largest, `must be a whole number from ${smallest} to ${largest}`)
export const wholeNumber = (smallest: number, largest: number, fallback: number) =>
  anyWholeNumber(smallest, largest).default(fallback)
export const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .default([])
export const truth = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')
export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    abort: true,
  })

// Browsers send an origin as `URL` writes it, and it is compared exactly. `*` beside others would mean all of them.
export const origins = list.check(({ value, issues }) => {
  const wrong = value.length === 1 && value[0] === '*' ? [] : value.filter((entry) => !isOrigin(entry))
  for (const entry of wrong) {
    const message =
      entry === '*' ? 'must have * alone, or no *' : `${entry} is not an origin such as https://app.example.com`
    issues.push({ code: 'custom', input: value, message })
  }
})
const isOrigin = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text

// Whether `pg` itself can parse it. Its own error would quote the password.
export function isConnectionString(text: string): boolean {
  try {
    parseIntoClientConfig(text)
    return true
  } catch {
    return false
  }
}

/** `Acme <no-reply@acme.example>`, or an address alone; null if it is neither. */
export function parseSender(text: string): { name: string; address: string } | null {
  const [, quoted, plain, inBrackets, alone] =
    /^(?:(?:"([^"<>]*)"|([^"<>]*))\s*<([^<>\s]+)>|([^<>\s]+))$/.exec(text.trim()) ?? []
  const { data: address } = z.email().safeParse(inBrackets ?? alone)
  return address === undefined ? null : { name: (quoted ?? plain ?? '').trim(), address }
}

// The SDK takes only protocol, host and port, and would go elsewhere than a longer address says.
export function isHostAlone(text: string): boolean {
  const { pathname, username, password } = new URL(text)
  return pathname === '/' && username === '' && password === '' && !/[?#]/.test(text)
}
