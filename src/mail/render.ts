import { readFileSync } from 'node:fs'
import { escapeHtml } from './escape-html.ts'
import type { MailKind } from './new-mail.ts'

interface Rendered {
  readonly subject: string
  readonly text: string
  readonly html: string
}

type Value = string | URL | readonly string[]

/** The longest value: names and texts are foreign input, and must not fill the screen or start a new line. */
const LONGEST = 300

/**
 * Renders a mail from templates/<kind>.txt, whose first line is the subject, and templates/<kind>.html. Replaces each
 * `{{name}}` with a value, escaped in HTML. Throws if a value is missing.
 */
export function render(kind: MailKind, values: Readonly<Record<string, Value>>): Rendered {
  const name = kind.toLowerCase().replaceAll('_', '-')
  // Split before values are inserted.
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
    if (value === undefined) throw new Error(`A mail template needs ${name}, which is missing`)
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
