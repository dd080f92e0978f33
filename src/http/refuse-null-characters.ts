import type { ExecutionArgs, GraphQLError, ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../graphql/errors.ts'

/** PostgreSQL knows no text with U+0000 in it: said here, once for all arguments, rather than as a fault of ours. */
export const refuseNullCharacters: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(noNullCharacter)
  },
  onExecute({ args, setResultAndStopExecution }) {
    const error = inVariables(args)
    if (error !== null) setResultAndStopExecution({ errors: [error] })
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const error = inVariables(args)
    if (error !== null) setResultAndStopExecution({ errors: [error] })
  },
}

const noNullCharacter: ValidationRule = (context) => ({
  StringValue({ value }) {
    if (value.includes('\0')) context.reportError(coded('BAD_USER_INPUT', 'A text must not contain U+0000'))
  },
})

function inVariables({ variableValues }: Pick<ExecutionArgs, 'variableValues'>): GraphQLError | null {
  const found = Object.entries(variableValues ?? {}).find(([, value]) => holdsNullCharacter(value))
  return found === undefined ? null : coded('BAD_USER_INPUT', `$${found[0]}: must not contain U+0000`)
}

// Without recursion: how deep a value is nested is the sender's choice.
function holdsNullCharacter(value: unknown): boolean {
  const rest = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next === 'string' && next.includes('\0')) return true
    if (isJson(next)) for (const inner of Object.values(next)) rest.push(inner)
  }
  return false
}

// Not a file that was uploaded, whose bytes are many.
function isJson(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
