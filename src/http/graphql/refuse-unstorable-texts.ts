import { GraphQLError, type ExecutionArgs, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'
import { textFault } from '../../text/text-fault.ts'

/**
 * Rejects strings that PostgreSQL cannot store, once for all arguments, instead of failing with a server error later.
 */
export const refuseUnstorableTexts: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(noUnstorableText)
  },
  onExecute({ args, setResultAndStopExecution }) {
    const error = faultInVariables(args.variableValues)
    if (error !== null) setResultAndStopExecution({ errors: [asRequestError(error)] })
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const error = faultInVariables(args.variableValues)
    if (error !== null) setResultAndStopExecution({ errors: [asRequestError(error)] })
  },
}

// Nothing was executed: without `data`, application/graphql-response+json must not be a 2xx, as in validation errors.
const asRequestError = ({ message, extensions }: GraphQLError) =>
  new GraphQLError(message, { extensions: { ...extensions, http: { spec: true, status: 400 } } })

const noUnstorableText: ValidationRule = (context) => ({
  StringValue({ value }) {
    const fault = textFault(value)
    if (fault !== null) context.reportError(coded('BAD_USER_INPUT', `A string ${fault}`))
  },
})

/** Returns null if PostgreSQL can store them all. */
export function faultInVariables(variables: ExecutionArgs['variableValues']): GraphQLError | null {
  for (const [name, value] of Object.entries(variables ?? {})) {
    const fault = faultWithin(value)
    if (fault !== null) return coded('BAD_USER_INPUT', `$${name}: ${fault}`)
  }
  return null
}

// Without recursion, since the sender chooses the nesting depth.
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

// False for uploaded files, which may be large.
function isJson(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
