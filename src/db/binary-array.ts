/** Types whose binary form is written here. */
export type ElementType = 'text' | 'jsonb' | 'timestamptz' | 'boolean' | 'integer'

/** How an element is written, behind its length in bytes. The ids are PostgreSQL's own, the same everywhere (pg_type.dat). */
interface Element {
  readonly oid: number
  readonly length: (value: unknown) => number
  readonly write: (value: unknown, to: Buffer, at: number) => void
}

const HEADER = 20
const LENGTH = 4
const NULL = -1
const JSONB_VERSION = 1
const EPOCH_MS = Date.UTC(2000, 0, 1)

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const FIRST_MS = new Date('0001-01-01T00:00:00Z').getTime()

// As UTF-8, half of a surrogate pair would become another character, and two texts one.
function lengthOf(text: unknown): number {
  if (typeof text !== 'string') throw new TypeError(`${typeof text} is no text`)
  if (!text.isWellFormed()) throw new RangeError('A text has half of a surrogate pair')
  return Buffer.byteLength(text)
}

function toMicroseconds(time: unknown): bigint {
  const ms = (time as Date).getTime()
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) throw new RangeError('A time is none, or of no year from 1 to 9999')
  // From the year 2286 on, they are more than a double counts exactly.
  return BigInt(ms - EPOCH_MS) * 1_000n
}

const elements: Readonly<Record<ElementType, Element>> = {
  text: {
    oid: 25,
    length: lengthOf,
    write: (value, to, at) => void to.write(value as string, at),
  },
  jsonb: {
    oid: 3802,
    length: (value) => 1 + lengthOf(value),
    write: (value, to, at) => void to.write(value as string, to.writeUInt8(JSONB_VERSION, at)),
  },
  timestamptz: {
    oid: 1184,
    length: () => 8,
    write: (value, to, at) => void to.writeBigInt64BE(toMicroseconds(value), at),
  },
  boolean: {
    oid: 16,
    length: () => 1,
    write: (value, to, at) => {
      if (typeof value !== 'boolean') throw new TypeError(`${typeof value} is no boolean`)
      to.writeUInt8(value ? 1 : 0, at)
    },
  },
  integer: {
    oid: 23,
    length: () => 4,
    write: (value, to, at) => {
      if (!Number.isInteger(value)) throw new RangeError(`${String(value)} is no whole number`)
      to.writeInt32BE(value as number, at)
    },
  },
}

/**
 * An array as PostgreSQL takes it in binary form (array_recv in its source), which pg sends as it is. Nothing is written in quotes, and
 * nothing is read back from them. Null and undefined are null; times are Dates; of jsonb anything that JSON can say. Throws a TypeError
 * for what is of another type, and a RangeError for what PostgreSQL would not take as JSON either: a time of no year from 1 to 9999,
 * half of a surrogate pair, a number that is not a whole one of 32 bits.
 */
export function toBinaryArray(type: ElementType, values: readonly unknown[]): Buffer {
  const { oid, length, write } = elements[type]
  const given = type === 'jsonb' ? values.map((value) => (value == null ? null : JSON.stringify(value))) : values
  const lengths = given.map((value) => (value == null ? NULL : length(value)))
  const array = Buffer.allocUnsafe(lengths.reduce((sum, one) => sum + LENGTH + Math.max(one, 0), HEADER))
  // One dimension; some may be null; of what; how many; counted from 1.
  const header = [1, 1, oid, given.length, 1]
  let at = 0
  for (const number of header) at = array.writeInt32BE(number, at)
  for (const [index, value] of given.entries()) {
    const size = lengths[index]!
    at = array.writeInt32BE(size, at)
    if (size === NULL) continue
    write(value, array, at)
    at += size
  }
  return array
}
