import { expect, test } from 'vitest'
import { providerOf } from '../../src/directory/providers.ts'

test('a type that nobody knows is an unknown provider by its own name, whatever it is called', () => {
  expect(providerOf('okta scim v2.0')).toMatchObject({ key: 'okta', name: 'Okta', protocol: 'SCIM' })
  for (const type of ['', 'lotus notes', 'constructor', '__proto__'])
    expect(providerOf(type)).toEqual({ key: 'unknown', name: type, protocol: 'UNKNOWN', typicalLatencyMinutes: null })
})
