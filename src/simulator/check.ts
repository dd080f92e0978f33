import type { z } from 'zod'
import { invalid, type FieldError } from './api-error.ts'

/** Returns the body as parsed by the schema. Throws a 422 that names every invalid field. */
export function check<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap(fieldErrors)
  throw invalid(errors[0] ?? { field: 'body', code: 'invalid' }, ...errors.slice(1))
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      code: 'unknown_field',
      message: 'is no known field',
    }))
  }
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined
  const field = issue.path.length === 0 ? 'body' : issue.path.join('.')
  return [{ field, code: isMissing ? 'required' : codeOf(issue), message: issue.message }]
}

// Our own rules set the code in `params`, since WorkOS has its own words, such as `invalid_url`.
function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'custom') return issue.code
  const code: unknown = issue.params?.['code']
  return typeof code === 'string' ? code : 'invalid'
}
