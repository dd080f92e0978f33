import { getArgumentValues, type getVariableValues, type GraphQLResolveInfo } from 'graphql'
import type { Completion, PlannedField } from './plan.ts'

export type VariableValues = NonNullable<ReturnType<typeof getVariableValues>['variableValues']>

type Arguments = ReturnType<typeof getArgumentValues>

const NONE: Arguments = Object.freeze(Object.create(null) as Arguments)

/**
 * One execution of a planned query. An object of the answer is there before what is in it, so that nothing has to be put together in the end: what
 * is promised is put in its place when it comes, and this only counts what is still missing. Whatever is wrong ends it as a whole.
 */
export class Execution {
  readonly #context: unknown
  readonly #variables: VariableValues
  // By the field: a resolver that is called for each of hundreds of parents is told the same.
  readonly #arguments: Arguments[] = []
  readonly #infos: GraphQLResolveInfo[] = []
  readonly #ended = Promise.withResolvers<void>()
  readonly #fail = (fault: unknown): void => {
    this.#faults.push(fault)
    this.#settle()
  }
  readonly #faults: unknown[] = []
  #missing = 1

  constructor(context: unknown, variables: VariableValues) {
    this.#context = context
    this.#variables = variables
  }

  /** Rejects with the first fault, once nothing goes on any more. */
  async run(fields: readonly PlannedField[]): Promise<Record<string, unknown>> {
    const data: Record<string, unknown> = {}
    try {
      this.fill(fields, undefined, data)
      this.#settle()
    } catch (fault) {
      this.#fail(fault)
    }
    await this.#ended.promise
    return data
  }

  /** Resolves fields of an object and puts them into what is answered of it. */
  fill(fields: readonly PlannedField[], source: unknown, into: Record<string, unknown>): void {
    for (const field of fields) {
      const { key, name, resolve, completion } = field
      let value: unknown
      if (resolve !== null) value = resolve(source, this.#argumentsOf(field), this.#context, this.infoOf(field))
      else if (typeof source === 'object' && source !== null) {
        value = (source as Record<string, unknown>)[name]
        if (typeof value === 'function')
          value = value.call(source, this.#argumentsOf(field), this.#context, this.infoOf(field))
      }
      this.put(field, completion, value, into, key)
    }
  }

  /** Puts a value that was resolved in its place, in the form in which it is answered. */
  put<Place extends string | number>(
    field: PlannedField,
    completion: Completion,
    value: unknown,
    into: Record<Place, unknown>,
    place: Place,
  ): void {
    if (value === null || value === undefined) {
      if (completion.required) throw new Error(`${field.name} may not be null`)
      into[place] = null
    } else if (typeof value !== 'object') {
      into[place] = completion.complete(this, field, value)
    } else if (isPromise(value)) {
      into[place] = null // keeps the order
      this.later(value, (resolved) => this.put(field, completion, resolved, into, place))
    } else {
      if (value instanceof Error) throw value
      into[place] = completion.complete(this, field, value)
    }
  }

  /** Goes on when a value is there. */
  later<Value>(promised: PromiseLike<Value>, go: (value: Value) => void): void {
    this.#missing += 1
    void promised.then((value) => {
      if (this.#faults.length > 0) return this.#settle()
      try {
        go(value)
      } catch (fault) {
        this.#faults.push(fault)
      }
      this.#settle()
    }, this.#fail)
  }

  /** The context, for what asks which type a value is of. */
  get context(): unknown {
    return this.#context
  }

  infoOf(field: PlannedField): GraphQLResolveInfo {
    return (this.#infos[field.index] ??= { ...field.info, variableValues: this.#variables })
  }

  #argumentsOf(field: PlannedField): Arguments {
    const { definition, nodes, index } = field
    if (definition.args.length === 0) return NONE
    return (this.#arguments[index] ??= getArgumentValues(definition, nodes[0]!, this.#variables))
  }

  #settle(): void {
    this.#missing -= 1
    if (this.#missing > 0) return
    if (this.#faults.length > 0) this.#ended.reject(this.#faults[0])
    else this.#ended.resolve()
  }
}

/** Also what is none of JavaScript's own, as Prisma gives. */
export const isPromise = (value: object): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown }).then === 'function'
