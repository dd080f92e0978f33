import type { z } from 'zod'
import { invalid, type FieldError } from './api-error.ts'

/** The body as the schema has it. Throws a 422 that names every field at fault. */
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

// A rule of our own says the code in its `params`, as WorkOS has words such as `invalid_url` for them.
function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'custom') return issue.code
  const code: unknown = issue.params?.['code']
  return typeof code === 'string' ? code : 'invalid'
}
