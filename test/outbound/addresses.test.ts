import type { LookupAddress } from 'node:dns'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isPublicAddress } from '../../src/outbound/is-public-address.ts'
import { issueOfUrl } from '../../src/outbound/issue-of-url.ts'
import { createPoster } from '../../src/outbound/post.ts'
import { startReceiver } from './receiver.ts'

const PRIVATE = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.170',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.1.2.3',
  '::ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
]
const PUBLIC = [
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.1.1',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2606:4700:4700::1111',
  '2a00:1450:4001:82b::200e',
]

test.for(PRIVATE)('%s is refused', (address) => expect(isPublicAddress(address)).toBe(false))
test.for(PUBLIC)('%s is allowed', (address) => expect(isPublicAddress(address)).toBe(true))
test('what is no address is refused', () => expect(['', 'localhost', '1.2.3', '::g'].some(isPublicAddress)).toBe(false))

describe('of a URL that somebody gives', () => {
  const literals = PRIVATE.filter((address) => !address.includes('%')).map((address) =>
    address.includes(':') ? `https://[${address}]/hook` : `https://${address}:8443/hook`,
  )
  const disguised = [
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://①②⑦.⓪.⓪.①/',
    'https://localhost/',
    'https://LOCALHOST:3000/',
    'https://localhost./',
    'https://any.localhost/',
    'https://0/',
  ]
  test.for([...literals, ...disguised])('%s is refused, unless private addresses are allowed', (url) => {
    expect(issueOfUrl(url, false)).toBe('must not lead to a private or local address')
    expect(issueOfUrl(url, true)).toBeNull()
  })

  test.for([
    'http://example.com/hook',
    'ftp://example.com',
    'example.com',
    'https:example.com',
    'https:///hook',
    ' https://example.com',
    'https://exa mple.com',
    'https://[::g]/',
    '',
  ])('%j does not begin with https:// and a host', (url) => {
    expect(issueOfUrl(url, false)).toBe('must be a URL that begins with https://')
  })

  test('users and passwords are refused, and so is what is longer than anybody needs', () => {
    for (const url of ['https://me@example.com', 'https://me:pw@example.com', 'https://:pw@example.com'])
      expect(issueOfUrl(url, true)).toBe('must not have a user or password')
    expect(issueOfUrl(`https://example.com/${'x'.repeat(2_000)}`, true)).toMatch(/characters/)
  })

  test('any port, path and public host will do; by HTTP only where private addresses are allowed', () => {
    for (const url of [
      'https://example.com',
      'https://example.com:444/a?b=c',
      'https://1.1.1.1/',
      'HTTPS://Example.com',
    ])
      expect([url, issueOfUrl(url, false)]).toEqual([url, null])
    expect(issueOfUrl('http://example.com', true)).toBeNull()
  })
})

describe('when a connection is made', () => {
  type Answers = readonly (readonly LookupAddress[])[]
  /** Posts to a receiver on 127.0.0.1 under a name that resolves to these, one after the other. */
  async function post(name: string, isAllowed: (address: string) => boolean, answers: Answers) {
    const receiver = await startReceiver()
    let asked = 0
    const resolve = () => Promise.resolve(answers[asked++] ?? [])
    const poster = createPoster({ timeoutMs: 2_000, isAllowed, resolve })
    onTestFinished(() => poster.close())
    const url = receiver.url.replace('127.0.0.1', name)
    const request = { url, headers: {}, body: '{}', signal: new AbortController().signal }
    const outcome = await poster.post(request).then(
      ({ status }) => status,
      (error: Error) => error.name,
    )
    return { outcome, arrived: receiver.forged, asked }
  }
  const at = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })
  const REFUSED = { outcome: 'RefusedAddressError', arrived: 0 }
  // In place of an address of the internet, which no test may go to.
  const isHere = (address: string) => address === '127.0.0.1'

  test('a name that leads to a private address is refused', async () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', '10.0.0.1'])
      expect(await post('hooks.example', isPublicAddress, [[at(address)]])).toEqual({ ...REFUSED, asked: 1 })
    expect(await post('localhost', isPublicAddress, [[at('127.0.0.1'), at('::1')]])).toEqual({ ...REFUSED, asked: 1 })
  })

  test('a name that leads elsewhere a moment later gains nothing by it: what was looked at is what is connected to', async () => {
    const bound = await post('hooks.example', isHere, [[at('127.0.0.1')], [at('10.0.0.1')]])
    expect(bound).toEqual({ outcome: 401, arrived: 1, asked: 1 })
    const rebound = await post('hooks.example', isHere, [[at('10.0.0.1')], [at('127.0.0.1')]])
    expect(rebound).toEqual({ ...REFUSED, asked: 1 })
  })

  test('of a name with several addresses only the allowed ones are used', async () => {
    const answers = [[at('10.0.0.1'), at('::1'), at('127.0.0.1'), at('169.254.169.254')]]
    expect(await post('hooks.example', isHere, answers)).toEqual({ outcome: 401, arrived: 1, asked: 1 })
  })

  test('an address that was allowed when it was given is refused when it is not any more', async () => {
    expect(await post('127.0.0.1', isPublicAddress, [])).toEqual({ ...REFUSED, asked: 0 })
    expect(await post('127.0.0.1', () => true, [])).toEqual({ outcome: 401, arrived: 1, asked: 0 })
  })
})
