import type { IdpIdStyle } from './ids.ts'

/** A kind of directory as WorkOS names it, with the habits that distinguish its data. */
export interface Provider {
  key: ProviderKey
  /** WorkOS's `type`, verbatim. */
  type: string
  label: string
  groupName: (department: string) => string
  everyone: string
  admins: string
  userIdpId: IdpIdStyle
  groupIdpId: IdpIdStyle
  /** Share of people without an address: Entra leaves `email` null if neither mail nor UPN is mapped. */
  missingEmails: number
  /** Entra reports a new user twice, created and at once updated (WorkOS docs, integrations/entra-id-scim). */
  updatesAfterCreate: boolean
  /** Group-to-role mapping exists for SCIM and Google directories only. */
  mapsRoles: boolean
  /** Google has everybody in an organizational unit, which customers have mapped as `org_unit_path`. */
  hasOrgUnits: boolean
}

export const providerKeys = [
  'okta',
  'entra',
  'google',
  'onelogin',
  'jumpcloud',
  'pingfederate',
  'rippling',
  'cyberark',
  'workday',
  'bamboohr',
  'hibob',
  'fourth',
  'generic-scim',
  'personio',
  'sftp',
] as const

export type ProviderKey = (typeof providerKeys)[number]

type Habits = Omit<Provider, 'key' | 'type' | 'label'>

const scim: Habits = {
  groupName: (department) => department,
  everyone: 'Everyone',
  admins: 'IT Admins',
  userIdpId: 'hex',
  groupIdpId: 'hex',
  missingEmails: 0,
  updatesAfterCreate: false,
  mapsRoles: false,
  hasOrgUnits: false,
}

// Departments become groups; there is no role mapping.
const hris: Habits = { ...scim, everyone: 'All Employees', admins: 'HR Administrators', userIdpId: 'number' }

const slug = (name: string): string => name.toLowerCase().replaceAll(' ', '-')

const table: Record<ProviderKey, Omit<Provider, 'key'>> = {
  okta: {
    ...scim,
    type: 'okta scim v2.0',
    label: 'Okta',
    admins: 'Okta Admins',
    userIdpId: 'okta',
    // Okta sends a display name and no id; WorkOS keeps the first name as idp_id, even through renames.
    groupIdpId: 'name',
    mapsRoles: true,
  },
  entra: {
    ...scim,
    type: 'azure scim v2.0',
    label: 'Microsoft Entra ID',
    groupName: (department) => `SG-${department.replaceAll(' ', '-')}`,
    everyone: 'All Company',
    admins: 'SG-Global-Admins',
    userIdpId: 'uuid',
    groupIdpId: 'uuid',
    missingEmails: 0.05,
    updatesAfterCreate: true,
  },
  google: {
    ...scim,
    type: 'gsuite directory',
    label: 'Google Workspace',
    groupName: (department) => `${department} Team`,
    everyone: 'All Staff',
    admins: 'Workspace Admins',
    userIdpId: 'number',
    groupIdpId: 'hex',
    hasOrgUnits: true,
  },
  onelogin: {
    ...scim,
    type: 'onelogin scim v2.0',
    label: 'OneLogin',
    groupName: (department) => `${department} (OneLogin)`,
  },
  jumpcloud: {
    ...scim,
    type: 'jump cloud scim v2.0',
    label: 'JumpCloud',
    groupName: (department) => `${slug(department)}-users`,
    everyone: 'all-users',
    admins: 'admin-users',
  },
  pingfederate: {
    ...scim,
    type: 'pingfederate scim v2.0',
    label: 'PingFederate',
    groupName: (department) => `grp_${slug(department).replaceAll('-', '_')}`,
    everyone: 'grp_all',
    admins: 'grp_admins',
    userIdpId: 'uuid',
    groupIdpId: 'uuid',
  },
  rippling: {
    ...scim,
    type: 'rippling scim v2.0',
    label: 'Rippling',
    groupName: (department) => `${department} Department`,
  },
  cyberark: {
    ...scim,
    type: 'cyberark scim v2.0',
    label: 'CyberArk',
    groupName: (department) => `${department} Role`,
    userIdpId: 'uuid',
    groupIdpId: 'uuid',
  },
  workday: { ...hris, type: 'workday', label: 'Workday' },
  bamboohr: { ...hris, type: 'bamboohr', label: 'BambooHR' },
  hibob: { ...hris, type: 'hibob', label: 'HiBob' },
  fourth: { ...hris, type: 'fourth hr', label: 'Fourth' },
  'generic-scim': { ...scim, type: 'generic scim v2.0', label: 'SCIM', userIdpId: 'uuid', groupIdpId: 'uuid' },
  personio: { ...hris, type: 'personio', label: 'Personio' },
  sftp: { ...hris, type: 'sftp', label: 'SFTP', groupName: (department) => department.toUpperCase() },
}

export const providerOf = (key: ProviderKey): Provider => ({ key, ...table[key] })

export const isProviderKey = (value: string): value is ProviderKey => Object.hasOwn(table, value)
