import type { ExecutionArgs, GraphQLError, ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { textFault } from '../../directory/text-fault.ts'
import { coded } from '../../graphql/errors.ts'

/** Texts that PostgreSQL cannot hold: said here, once for all arguments, rather than as a fault of ours. */
export const refuseUnstorableTexts: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(noUnstorableText)
  },
  onExecute({ args, setResultAndStopExecution }) {
    const error = faultInVariables(args.variableValues)
    if (error !== null) setResultAndStopExecution({ errors: [error] })
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const error = faultInVariables(args.variableValues)
    if (error !== null) setResultAndStopExecution({ errors: [error] })
  },
}

const noUnstorableText: ValidationRule = (context) => ({
  StringValue({ value }) {
    const fault = textFault(value)
    if (fault !== null) context.reportError(coded('BAD_USER_INPUT', `A text ${fault}`))
  },
})

/** Null where PostgreSQL can hold them all. */
export function faultInVariables(variables: ExecutionArgs['variableValues']): GraphQLError | null {
  for (const [name, value] of Object.entries(variables ?? {})) {
    const fault = faultWithin(value)
    if (fault !== null) return coded('BAD_USER_INPUT', `$${name}: ${fault}`)
  }
  return null
}

// Without recursion: how deep a value is nested is the sender's choice.
function faultWithin(value: unknown): string | null {
  const rest = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    const fault = typeof next === 'string' ? textFault(next) : null
    if (fault !== null) return fault
    if (isJson(next)) for (const inner of Object.values(next)) rest.push(inner)
  }
  return null
}

// Not a file that was uploaded, whose bytes are many.
function isJson(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
