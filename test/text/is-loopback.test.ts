import { expect, test } from 'vitest'
import { isLoopback } from '../../src/text/is-loopback.ts'

test('this machine has names and addresses, and others have some that look like them', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]']) expect([host, isLoopback(host)]).toEqual([host, true]) // oxfmt-ignore
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.0.0.1.example', '1127.0.0.1'])
    expect([host, isLoopback(host)]).toEqual([host, false])
})
