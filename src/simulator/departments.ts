export interface Department {
  name: string
  division: string
  costCenter: string
  /** From junior to senior: a promotion moves one step up. */
  titles: readonly [string, ...string[]]
}

const technology = 'Product & Technology'
const revenue = 'Revenue'
const operations = 'Operations'

export const departments: readonly Department[] = [
  {
    name: 'Engineering',
    division: technology,
    costCenter: 'CC-100',
    titles: ['Software Engineer', 'Senior Software Engineer', 'Staff Engineer', 'Principal Engineer'],
  },
  {
    name: 'Product',
    division: technology,
    costCenter: 'CC-110',
    titles: ['Associate Product Manager', 'Product Manager', 'Senior Product Manager', 'Group Product Manager'],
  },
  {
    name: 'Design',
    division: technology,
    costCenter: 'CC-120',
    titles: ['Product Designer', 'Senior Product Designer', 'Design Lead', 'Head of Design'],
  },
  {
    name: 'Security',
    division: technology,
    costCenter: 'CC-130',
    titles: ['Security Analyst', 'Security Engineer', 'Senior Security Engineer', 'Security Architect'],
  },
  {
    name: 'Sales',
    division: revenue,
    costCenter: 'CC-200',
    titles: ['Sales Development Representative', 'Account Executive', 'Senior Account Executive', 'Sales Director'],
  },
  {
    name: 'Marketing',
    division: revenue,
    costCenter: 'CC-210',
    titles: ['Marketing Specialist', 'Marketing Manager', 'Senior Marketing Manager', 'Marketing Director'],
  },
  {
    name: 'Customer Success',
    division: revenue,
    costCenter: 'CC-220',
    titles: ['Support Specialist', 'Customer Success Manager', 'Senior Customer Success Manager', 'Head of Success'],
  },
  {
    name: 'Finance',
    division: operations,
    costCenter: 'CC-300',
    titles: ['Accountant', 'Senior Accountant', 'Finance Manager', 'Controller'],
  },
  {
    name: 'People',
    division: operations,
    costCenter: 'CC-310',
    titles: ['People Coordinator', 'People Partner', 'Senior People Partner', 'People Director'],
  },
  {
    name: 'IT',
    division: operations,
    costCenter: 'CC-320',
    titles: ['IT Technician', 'Systems Administrator', 'Senior Systems Administrator', 'IT Manager'],
  },
]

/**
 * Returns the attributes that change with a person's department: WorkOS's predefined ones and, for Google, the path of
 * the organizational unit.
 */
export function departmentAttributes({ name, division, costCenter }: Department, hasOrgUnits: boolean) {
  return {
    cost_center_name: costCenter,
    department_name: name,
    division_name: division,
    ...(hasOrgUnits && { org_unit_path: `/${division}/${name}` }),
  }
}

export function departmentNamed(name: unknown): Department | null {
  return departments.find((department) => department.name === name) ?? null
}

/** Returns the next title up the ladder, or null at the top. */
export function nextTitle(department: Department, title: unknown): string | null {
  const step = department.titles.findIndex((candidate) => candidate === title)
  return department.titles[step + 1] ?? null
}
