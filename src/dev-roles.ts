// What the simulated company's groups are for: roles to look at from the first minute on, created as any caller would.

const ROLES = [
  { slug: 'developer', name: 'Developer', description: 'Works on the product' },
  { slug: 'api-access', name: 'API access', description: 'Creates API keys' },
  {
    slug: 'admin',
    name: 'Administrator',
    description: 'Changes everything; assigned by WorkOS itself',
    protected: true,
  },
  { slug: 'billing', name: 'Billing', description: 'Sees invoices' },
] as const

const MAPPINGS = [
  { match: 'NAME_EQUALS', value: 'Engineering', roles: ['developer', 'api-access'] },
  { match: 'ATTRIBUTE_EQUALS', attribute: 'department', value: 'Finance', roles: ['billing'] },
] as const

/** Creates roles and mappings through the public API, if there are no roles yet. Throws if they cannot be created. */
export async function makeExampleRoles(url: string): Promise<void> {
  const { roles } = await ask(url, '{ roles(first: 1) { totalCount } }')
  if (roles!.totalCount !== 0) return
  for (const input of ROLES) await ask(url, CREATE_ROLE, input)
  for (const input of MAPPINGS) await ask(url, CREATE_MAPPING, input)
}

const CREATE_ROLE = `
  mutation ExampleRole($input: CreateRoleInput!) {
    result: createRole(input: $input) { __typename ... on Error { message } }
  }`
const CREATE_MAPPING = `
  mutation ExampleMapping($input: CreateRoleMappingInput!) {
    result: createRoleMapping(input: $input) { __typename ... on Error { message } }
  }`

interface Answer {
  readonly data?: { readonly roles?: { readonly totalCount: number }; readonly result?: { readonly message?: string } }
  readonly errors?: readonly { readonly message: string }[]
}

async function ask(url: string, query: string, input?: object): Promise<NonNullable<Answer['data']>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  })
  const { data, errors } = (await response.json()) as Answer
  const problem = errors?.[0]?.message ?? data?.result?.message
  if (data === undefined || problem !== undefined) throw new Error(`The example roles cannot be created: ${problem}`)
  return data
}
