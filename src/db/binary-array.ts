/** Element types that can be encoded in binary. */
export type ElementType = 'text' | 'jsonb' | 'timestamptz' | 'boolean' | 'integer'

/**
 * How an element is encoded, after its length. The OIDs are PostgreSQL's built-in ones, the same everywhere
 * (pg_type.dat).
 */
interface Element {
  readonly oid: number
  /** The most bytes it may take. */
  readonly most: (value: unknown) => number
  /** Returns the number of bytes written. */
  readonly write: (value: unknown, to: Buffer, at: number) => number
}

const HEADER = 20
const LENGTH = 4
const NULL = -1
const JSONB_VERSION = 1
const EPOCH_MS = Date.UTC(2000, 0, 1)
const TWO_32 = 2 ** 32
const SHORT = 100

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const FIRST_MS = new Date('0001-01-01T00:00:00Z').getTime()

// As UTF-8, a lone surrogate would become another character, and two different texts would become equal. The length of
// a short text is not counted beforehand: a UTF-16 code unit takes at most three bytes.
function mostOf(text: unknown): number {
  if (typeof text !== 'string') throw new TypeError(`${typeof text} is not a string`)
  if (!text.isWellFormed()) throw new RangeError('A string contains half of a surrogate pair')
  return text.length > SHORT ? Buffer.byteLength(text) : text.length * 3
}

// Microseconds since 2000 in 64 bits. From the year 2285 on they exceed what a double represents exactly, so each half
// is computed separately.
function writeTime(time: unknown, to: Buffer, at: number): number {
  const ms = (time as Date).getTime()
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) throw new RangeError('A time is invalid, or its year is not from 1 to 9999')
  const high = Math.floor((ms - EPOCH_MS) / TWO_32)
  const low = (ms - EPOCH_MS - high * TWO_32) * 1_000
  to.writeInt32BE(high * 1_000 + Math.floor(low / TWO_32), at)
  return to.writeUInt32BE(low % TWO_32, at + 4) - at
}

const elements: Readonly<Record<ElementType, Element>> = {
  text: {
    oid: 25,
    most: mostOf,
    write: (value, to, at) => to.write(value as string, at),
  },
  jsonb: {
    oid: 3802,
    most: (value) => 1 + mostOf(value),
    write: (value, to, at) => 1 + to.write(value as string, to.writeUInt8(JSONB_VERSION, at)),
  },
  timestamptz: {
    oid: 1184,
    most: () => 8,
    write: writeTime,
  },
  boolean: {
    oid: 16,
    most: () => 1,
    write: (value, to, at) => {
      if (typeof value !== 'boolean') throw new TypeError(`${typeof value} is not a boolean`)
      return to.writeUInt8(value ? 1 : 0, at) - at
    },
  },
  integer: {
    oid: 23,
    most: () => 4,
    write: (value, to, at) => {
      if (!Number.isInteger(value)) throw new RangeError(`${String(value)} is not a whole number`)
      return to.writeInt32BE(value as number, at) - at
    },
  },
}

/**
 * Encodes an array in PostgreSQL's binary format (array_recv in its source), which pg sends unchanged: nothing is
 * quoted and parsed again. Null and undefined become null; times are Dates; jsonb takes any JSON value. Throws a
 * TypeError for a value of another type, and a RangeError for what PostgreSQL would not accept as JSON either: a time
 * outside the years 1 to 9999, a lone surrogate, a number that is not a 32-bit integer.
 */
export function toBinaryArray(type: ElementType, values: readonly unknown[]): Buffer {
  const { oid, most, write } = elements[type]
  const given = type === 'jsonb' ? values.map((value) => (value == null ? null : JSON.stringify(value))) : values
  let size = HEADER
  for (const value of given) size += LENGTH + (value == null ? 0 : most(value))
  const array = Buffer.allocUnsafe(size)
  // One dimension; may contain nulls; element type; length; lower bound 1.
  const header = [1, 1, oid, given.length, 1]
  let at = 0
  for (const number of header) at = array.writeInt32BE(number, at)
  for (const value of given) {
    const length = value == null ? NULL : write(value, array, at + LENGTH)
    at = array.writeInt32BE(length, at) + Math.max(length, 0)
  }
  return array.subarray(0, at)
}
