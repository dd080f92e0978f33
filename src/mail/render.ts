import { readFileSync } from 'node:fs'
import { escapeHtml } from './escape-html.ts'
import type { MailKind } from './new-mail.ts'

export interface Rendered {
  readonly subject: string
  readonly text: string
  readonly html: string
}

type Value = string | URL | readonly string[]

/** Names and texts come from elsewhere: nobody fills a screen with them, or begins a line of their own. */
const LONGEST = 300

/**
 * A mail of a kind: templates/<kind>.txt, whose first line is the subject, and templates/<kind>.html, with each
 * `{{name}}` replaced by a value, in HTML escaped. Throws where a template asks for what there is not.
 */
export function render(kind: MailKind, values: Readonly<Record<string, Value>>): Rendered {
  const name = kind.toLowerCase().replaceAll('_', '-')
  // Told apart before values come in.
  const [subject, ...lines] = template(`${name}.txt`).split('\n')
  return {
    subject: fill(subject!, values, asText).trim(),
    text: `${fill(lines.join('\n'), values, asText).trim()}\n`,
    html: fill(template(`${name}.html`), values, asHtml),
  }
}

const known = new Map<string, string>()

function template(file: string): string {
  const text = known.get(file) ?? readFileSync(new URL(`templates/${file}`, import.meta.url), 'utf8')
  known.set(file, text)
  return text
}

function fill(text: string, values: Readonly<Record<string, Value>>, write: (value: Value) => string): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw new Error(`A mail's template asks for ${name}, which there is not`)
    return write(value)
  })
}

const oneLine = (value: string): string => value.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST)

function asText(value: Value): string {
  if (value instanceof URL) return value.href
  return typeof value === 'string' ? oneLine(value) : value.map((item) => `- ${oneLine(item)}`).join('\n')
}

function asHtml(value: Value): string {
  if (value instanceof URL) return escapeHtml(value.href)
  if (typeof value === 'string') return escapeHtml(oneLine(value))
  return `<ul>${value.map((item) => `<li>${escapeHtml(oneLine(item))}</li>`).join('')}</ul>`
}
