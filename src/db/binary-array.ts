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

const elements: Readonly<Record<ElementType, Element>> = {
  text: {
    oid: 25,
    length: (value) => Buffer.byteLength(value as string),
    write: (value, to, at) => void to.write(value as string, at),
  },
  jsonb: {
    oid: 3802,
    length: (value) => 1 + Buffer.byteLength(value as string),
    write: (value, to, at) => void to.write(value as string, to.writeUInt8(JSONB_VERSION, at)),
  },
  timestamptz: {
    oid: 1184,
    length: () => 8,
    // From the year 2286 on, microseconds are more than a double counts exactly.
    write: (value, to, at) => void to.writeBigInt64BE(BigInt((value as Date).getTime() - EPOCH_MS) * 1_000n, at),
  },
  boolean: {
    oid: 16,
    length: () => 1,
    write: (value, to, at) => void to.writeUInt8(value === true ? 1 : 0, at),
  },
  integer: {
    oid: 23,
    length: () => 4,
    write: (value, to, at) => void to.writeInt32BE(value as number, at),
  },
}

/**
 * An array as PostgreSQL takes it in binary form (array_recv in its source), which pg sends as it is. Nothing is written in quotes, and
 * nothing is read back from them. Null and undefined are null; times are Dates; of jsonb anything that JSON can say. Throws a
 * RangeError for a time that is none or a number that is not a whole one of 32 bits.
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
