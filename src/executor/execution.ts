import { getArgumentValues, type getVariableValues, type GraphQLResolveInfo } from 'graphql'
import type { Completion, PlannedField } from './plan.ts'

type VariableValues = NonNullable<ReturnType<typeof getVariableValues>['variableValues']>

type Arguments = ReturnType<typeof getArgumentValues>
type Answer = Record<string, unknown>

const NONE: Arguments = Object.freeze(Object.create(null) as Arguments)

/**
 * Objects of one type at one place in a query, with the response object for each. They are resolved field by field,
 * each field for all of them.
 */
export interface Column {
  readonly sources: unknown[]
  readonly answers: Answer[]
}

/** The column of fields without objects. */
const NO_COLUMN: Column = { sources: [], answers: [] }

/**
 * One execution of a planned query. Response objects are created before their contents, so that nothing has to be
 * assembled in the end: a promised value is put in its place when it resolves, and only the number of missing values is
 * tracked. Any error fails the whole execution, but work in progress is still awaited: an unhandled rejection would end
 * the process.
 */
export class Execution {
  readonly context: unknown
  readonly #variables: VariableValues
  // Indexed by field: a resolver called for each of hundreds of parents gets the same objects.
  readonly #arguments: Arguments[] = []
  readonly #infos: GraphQLResolveInfo[] = []
  readonly #ended = Promise.withResolvers<void>()
  readonly #faults: unknown[] = []
  readonly #fail = (fault: unknown): void => {
    this.#faults.push(fault)
    this.#settle()
  }
  #missing = 1

  constructor(context: unknown, variables: VariableValues) {
    this.context = context
    this.#variables = variables
  }

  /** Rejects with the first error, once no more work is in progress. */
  async run(fields: readonly PlannedField[]): Promise<Answer> {
    const data: Answer = {}
    this.fill(fields, { sources: [undefined], answers: [data] })
    this.#settle()
    await this.#ended.promise
    return data
  }

  /** Resolves fields and puts their values into the response objects. */
  fill(fields: readonly PlannedField[], { sources, answers }: Column): void {
    for (const field of fields) {
      const promised = sources.length > 1 ? this.#resolveTogether(field, sources) : null
      if (promised === null) {
        const values = sources.map((source) => this.#resolve(field, source))
        this.#placeEach(field, values, answers)
      } else {
        for (const answer of answers) answer[field.key] = null // keeps the order
        this.later(promised, (values) => this.#placeEach(field, values, answers))
      }
    }
  }

  /** Puts a completed value in its place; an object is added to the column, to be filled later. */
  put<Place extends string | number>(
    field: PlannedField,
    completion: Completion,
    value: unknown,
    into: Record<Place, unknown>,
    place: Place,
    column: Column,
  ): void {
    if (value === null || value === undefined) {
      if (completion.required) this.#faults.push(new Error(`${field.name} may not be null`))
      into[place] = null
    } else if (typeof value === 'object' && isPromise(value)) {
      into[place] = null // keeps the order
      this.later(value, (resolved) => {
        const alone = { sources: [], answers: [] }
        this.put(field, completion, resolved, into, place, alone)
        completion.fill?.(this, field, alone)
      })
    } else if (value instanceof Error) {
      this.#faults.push(value)
    } else {
      try {
        into[place] = completion.complete(this, field, value, column)
      } catch (fault) {
        this.#faults.push(fault)
      }
    }
  }

  /** Continues once a value is available. */
  later<Value>(promised: PromiseLike<Value>, go: (value: Value) => void): void {
    this.#missing += 1
    // Wrapped, since a foreign thenable may call back twice, or throw.
    void Promise.resolve(promised).then((value) => {
      try {
        go(value)
      } catch (fault) {
        this.#faults.push(fault)
      }
      this.#settle()
    }, this.#fail)
  }

  infoOf(field: PlannedField): GraphQLResolveInfo {
    return (this.#infos[field.index] ??= { ...field.info, variableValues: this.#variables })
  }

  #placeEach(field: PlannedField, values: readonly unknown[], answers: readonly Answer[]): void {
    const { key, completion } = field
    const column = completion.fill === null ? NO_COLUMN : { sources: [], answers: [] }
    for (let index = 0; index < answers.length; index++)
      this.put(field, completion, values[index], answers[index]!, key, column)
    try {
      completion.fill?.(this, field, column)
    } catch (fault) {
      this.#faults.push(fault)
    }
  }

  #resolve(field: PlannedField, source: unknown): unknown {
    const { name, resolve } = field
    try {
      if (resolve !== null) return resolve(source, this.#argumentsOf(field), this.context, this.infoOf(field))
      if (typeof source !== 'object' || source === null) return undefined
      const value = (source as Answer)[name]
      return typeof value === 'function'
        ? value.call(source, this.#argumentsOf(field), this.context, this.infoOf(field))
        : value
    } catch (fault) {
      return toError(fault)
    }
  }

  #resolveTogether(field: PlannedField, sources: readonly unknown[]): PromiseLike<readonly unknown[]> | null {
    const { resolve } = field
    try {
      return resolve?.together?.(sources, this.#argumentsOf(field), this.context, this.infoOf(field)) ?? null
    } catch (fault) {
      return Promise.reject(toError(fault))
    }
  }

  #argumentsOf(field: PlannedField): Arguments {
    const { definition, nodes, index } = field
    if (definition.args.length === 0) return NONE
    return (this.#arguments[index] ??= getArgumentValues(definition, nodes[0], this.#variables))
  }

  #settle(): void {
    this.#missing -= 1
    if (this.#missing > 0) return
    if (this.#faults.length > 0) this.#ended.reject(this.#faults[0])
    else this.#ended.resolve()
  }
}

/** Includes foreign thenables, such as Prisma's. */
const isPromise = (value: object): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown }).then === 'function'

const toError = (fault: unknown): Error => (fault instanceof Error ? fault : new Error(String(fault)))
