import { randomFillSync } from 'node:crypto'
import { ulid } from 'ulid'

// By default, ulid requests each of sixteen bytes separately: that takes twenty times as long as all the rest, and many
// people may join at once.
const bytes = Buffer.alloc(4_096)
let next = bytes.length

function random(): number {
  if (next === bytes.length) {
    randomFillSync(bytes)
    next = 0
  }
  return bytes[next++]! / 256
}

export const newAccountId = (): string => `account_${ulid(undefined, random)}`
