/** The provider behind WorkOS's string for a directory's type. */
export interface Provider {
  readonly key: string
  readonly name: string
  readonly protocol: 'SCIM' | 'API' | 'FILE' | 'UNKNOWN'
  /** How long a change at the provider usually takes to reach WorkOS; null if WorkOS does not say. */
  readonly typicalLatencyMinutes: number | null
}

const provider = (
  key: string,
  name: string,
  protocol: Provider['protocol'],
  typicalLatencyMinutes: number | null,
): Provider => {
  return { key, name, protocol, typicalLatencyMinutes }
}

// The strings in WorkOS's OpenAPI document, and the two that only events have. WorkOS reads polled providers every half
// hour; Entra ID pushes in cycles of forty minutes, the other SCIM clients immediately.
const PROVIDERS: Record<string, Provider> = {
  'azure scim v2.0': provider('entra', 'Microsoft Entra ID', 'SCIM', 40),
  'okta scim v2.0': provider('okta', 'Okta', 'SCIM', 0),
  'onelogin scim v2.0': provider('onelogin', 'OneLogin', 'SCIM', 0),
  'jump cloud scim v2.0': provider('jumpcloud', 'JumpCloud', 'SCIM', 0),
  'pingfederate scim v2.0': provider('pingfederate', 'PingFederate', 'SCIM', 0),
  'cyberark scim v2.0': provider('cyberark', 'CyberArk', 'SCIM', null),
  'rippling scim v2.0': provider('rippling', 'Rippling', 'SCIM', 0),
  'sailpoint scim v2.0': provider('sailpoint', 'SailPoint', 'SCIM', 0),
  'generic scim v2.0': provider('scim', 'Generic SCIM 2.0', 'SCIM', 0),
  'gsuite directory': provider('google', 'Google Workspace', 'API', 30),
  workday: provider('workday', 'Workday', 'API', 30),
  bamboohr: provider('bamboohr', 'BambooHR', 'API', 30),
  hibob: provider('hibob', 'HiBob', 'API', 30),
  'fourth hr': provider('fourth', 'Fourth', 'API', 30),
  'people hr': provider('peoplehr', 'People HR', 'API', 30),
  'breathe hr': provider('breathe', 'Breathe HR', 'API', 30),
  'cezanne hr': provider('cezanne', 'Cezanne HR', 'API', 30),
  personio: provider('personio', 'Personio', 'API', 30),
  gusto: provider('gusto', 'Gusto', 'API', null),
  rippling: provider('rippling', 'Rippling', 'API', null),
  sftp: provider('sftp', 'SFTP', 'FILE', 30),
  'sftp workday': provider('workday', 'Workday by SFTP', 'FILE', 30),
  s3: provider('s3', 'Amazon S3', 'FILE', 30),
}

/** Every type of directory that WorkOS names. */
export const directoryTypes: readonly string[] = Object.keys(PROVIDERS)

/** The provider of a directory's `type`; an unknown one keeps the string as its name. */
export function providerOf(type: string): Provider {
  return Object.hasOwn(PROVIDERS, type) ? PROVIDERS[type]! : provider('unknown', type, 'UNKNOWN', null)
}
