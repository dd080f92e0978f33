// Where each attribute is found by default, per provider. WorkOS's own names come first: since April 2026 it sends
// nothing in `raw_attributes`. Those hold what the provider sent, in the provider's own format, which WorkOS never
// described, so the pointers follow the providers' documentation (docs/attributes.md).
import { toPointer } from '../text/json-pointer.ts'
import { attributeNames, type AttributeName, type AttributeSources } from './attributes.ts'

type Sources = Partial<Record<AttributeName, readonly string[]>>

const custom = (...names: readonly string[]) => names.map((name) => toPointer('custom_attributes', ...name.split('/')))
/** Pointers into the raw attributes, written with slashes between their tokens. */
const raw = (...paths: readonly string[]) => paths.map((path) => toPointer('raw_attributes', ...path.split('/')))

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
/** An attribute of SCIM's enterprise extension: inside it, beside the core attributes, or under its full name. */
const enterprise = (name: string) => raw(`${ENTERPRISE}/${name}`, name, `${ENTERPRISE}:${name}`)

// WorkOS's predefined names, then common names for what WorkOS has no name for.
const CUSTOM: AttributeSources = {
  department: custom('department_name', 'department'),
  jobTitle: [...custom('job_title'), toPointer('job_title')],
  employeeId: custom('employee_number', 'employee_id'),
  employeeType: custom('employee_type'),
  managerId: custom('manager_id'),
  managerEmail: custom('manager_email'),
  officeLocation: custom('office_location', 'location', 'addresses/work/locality'),
  phoneNumber: custom('phone_number', 'phone', 'phone_numbers'),
  division: custom('division_name', 'division'),
  costCenter: custom('cost_center_name', 'cost_center'),
  organization: custom('organization', 'organization_name', 'company'),
  orgUnitPath: custom('org_unit_path'),
  employmentStartDate: custom('employment_start_date', 'start_date', 'hire_date'),
}

// Plain names, as in flat records and file columns. Not `title`: in HR systems that may be `Dr.`
const FLAT: AttributeSources = {
  department: raw('department', 'department_name'),
  jobTitle: raw('jobTitle', 'job_title'),
  employeeId: raw('employeeNumber', 'employee_number', 'employeeId', 'employee_id'),
  employeeType: raw('employeeType', 'employee_type', 'employmentType', 'employment_type'),
  managerId: raw('managerId', 'manager_id'),
  managerEmail: raw('managerEmail', 'manager_email'),
  officeLocation: raw('officeLocation', 'office_location', 'location'),
  phoneNumber: raw('phoneNumber', 'phone_number', 'workPhone', 'work_phone'),
  division: raw('division', 'division_name'),
  costCenter: raw('costCenter', 'cost_center', 'cost_center_name'),
  organization: raw('organization', 'company'),
  orgUnitPath: raw('orgUnitPath', 'org_unit_path'),
  employmentStartDate: raw(
    'employmentStartDate',
    'employment_start_date',
    'startDate',
    'start_date',
    'hireDate',
    'hire_date',
  ),
}

// RFC 7643, sections 4.1 and 4.3. A manager is given by id, by reference or, in Entra ID's older form, by the id alone.
const SCIM = {
  department: enterprise('department'),
  jobTitle: raw('title'),
  employeeId: enterprise('employeeNumber'),
  employeeType: raw('userType', `${ENTERPRISE}/employeeType`),
  managerId: raw(
    `${ENTERPRISE}/manager/value`,
    `${ENTERPRISE}/manager/managerId`,
    `${ENTERPRISE}/manager/$ref`,
    'manager/value',
    `${ENTERPRISE}:manager`,
  ),
  managerEmail: raw(`${ENTERPRISE}/manager/email`, `${ENTERPRISE}/managerEmail`),
  officeLocation: raw(`${ENTERPRISE}/officeLocation`, 'addresses/work/locality', 'addresses/primary/locality'),
  phoneNumber: raw('phoneNumbers/primary/value', 'phoneNumbers/work/value', 'phoneNumbers'),
  division: enterprise('division'),
  costCenter: enterprise('costCenter'),
  organization: enterprise('organization'),
  orgUnitPath: raw(`${ENTERPRISE}/orgUnitPath`),
  employmentStartDate: raw(`${ENTERPRISE}/startDate`, `${ENTERPRISE}/hireDate`),
} satisfies Sources

const PROVIDERS: Record<string, Sources> = {
  okta: { ...SCIM, phoneNumber: [...SCIM.phoneNumber, ...raw('primaryPhone', 'mobilePhone')] },
  // Its default mapping puts the office's name into the formatted work address.
  entra: {
    ...SCIM,
    officeLocation: raw('addresses/work/formatted', 'addresses/work/locality', 'physicalDeliveryOfficeName'),
    employmentStartDate: raw(`${ENTERPRISE}/employeeHireDate`, 'employeeHireDate'),
  },
  onelogin: SCIM,
  jumpcloud: SCIM,
  pingfederate: SCIM,
  cyberark: SCIM,
  sailpoint: SCIM,
  scim: SCIM,
  // Both directory types: SCIM and Rippling's own API.
  rippling: {
    ...SCIM,
    managerId: [...SCIM.managerId, ...raw('manager/id', 'manager')],
    managerEmail: [...SCIM.managerEmail, ...raw('manager/workEmail')],
    officeLocation: [...raw('workLocation/nickname', 'workLocation/city'), ...SCIM.officeLocation],
  },
  // https://developers.google.com/workspace/admin/directory/reference/rest/v1/users: the manager is given by address.
  google: {
    department: raw('organizations/primary/department', 'organizations/0/department'),
    jobTitle: raw('organizations/primary/title', 'organizations/0/title'),
    employeeId: raw('externalIds/organization/value'),
    employeeType: raw('organizations/primary/description', 'organizations/0/description'),
    managerEmail: raw('relations/manager/value'),
    officeLocation: raw('locations/desk/buildingId', 'organizations/primary/location', 'addresses/work/locality'),
    phoneNumber: raw('phones/primary/value', 'phones/work/value', 'phones'),
    costCenter: raw('organizations/primary/costCenter', 'organizations/0/costCenter'),
    organization: raw('organizations/primary/name', 'organizations/0/name'),
    orgUnitPath: raw('orgUnitPath'),
  },
  // A custom report, whose columns have XML names.
  workday: {
    department: raw('Department', 'Supervisory_Organization'),
    jobTitle: raw('Business_Title', 'Job_Title', 'businessTitle'),
    employeeId: raw('Employee_ID', 'Worker_ID', 'Employee_Number'),
    employeeType: raw('Employee_Type', 'Worker_Type'),
    managerId: raw('Manager_ID', 'Manager_Employee_ID'),
    managerEmail: raw('Manager_Email', 'Manager_Work_Email'),
    officeLocation: raw('Location', 'Work_Location'),
    phoneNumber: raw('Work_Phone', 'Phone_Number', 'Phone'),
    division: raw('Division', 'Division_Name'),
    costCenter: raw('Cost_Center', 'Cost_Center_Name'),
    organization: raw('Company', 'Organization'),
    employmentStartDate: raw('Hire_Date', 'Start_Date', 'Employment_Start_Date'),
  },
  // https://documentation.bamboohr.com/docs/list-of-field-names
  bamboohr: {
    employeeType: raw('employmentHistoryStatus', 'employmentStatus'),
    managerId: raw('supervisorEId', 'supervisorId'),
    managerEmail: raw('supervisorEmail'),
    phoneNumber: raw('workPhone', 'mobilePhone'),
    employmentStartDate: raw('hireDate'),
  },
  // https://apidocs.hibob.com: a person's fields by category.
  hibob: {
    department: raw('work/department'),
    jobTitle: raw('work/title'),
    employeeId: raw('work/employeeIdInCompany'),
    employeeType: raw('payroll/employment/type', 'employment/type'),
    managerId: raw('work/reportsTo/id', 'work/manager'),
    managerEmail: raw('work/reportsTo/email'),
    officeLocation: raw('work/site'),
    phoneNumber: raw('work/workPhone', 'work/workMobile'),
    employmentStartDate: raw('work/startDate'),
  },
  // https://developer.fourth.com/en-gb/docs/uk-employee-api/guide
  fourth: {
    department: raw('Department', 'DepartmentName'),
    jobTitle: raw('JobTitle'),
    employeeId: raw('EmployeeNumber', 'EmployeeID'),
    employeeType: raw('EmploymentType', 'ContractType'),
    managerId: raw('ReportsToEmployeeNumber', 'ReportsToFAID'),
    officeLocation: raw('Location', 'LocationName'),
    phoneNumber: raw('WorkPhone', 'MobilePhone', 'Mobile'),
    division: raw('Division', 'DivisionName'),
    costCenter: raw('CostCentre', 'CostCenter'),
    organization: raw('Company', 'CompanyName', 'Employer'),
    employmentStartDate: raw('EmploymentStartDate', 'StartDate'),
  },
  // Every field is an object with its displayed value and its history.
  peoplehr: {
    department: raw('Department/DisplayValue'),
    jobTitle: raw('JobRole/DisplayValue'),
    employeeId: raw('EmployeeId/DisplayValue'),
    employeeType: raw('EmploymentType/DisplayValue'),
    managerId: raw('ReportsToEmployeeId/DisplayValue'),
    managerEmail: raw('ReportsToEmailAddress/DisplayValue'),
    officeLocation: raw('Location/DisplayValue'),
    phoneNumber: raw('ContactDetail/WorkPhoneNumber/DisplayValue'),
    organization: raw('Company/DisplayValue'),
    employmentStartDate: raw('StartDate/DisplayValue'),
  },
  // https://developer.breathehr.com
  breathe: {
    department: raw('department/name'),
    employeeId: raw('employee_ref'),
    employeeType: raw('person_type', 'full_or_part_time'),
    managerId: raw('line_manager/id'),
    managerEmail: raw('line_manager/email'),
    officeLocation: raw('location/name'),
    phoneNumber: raw('ddi', 'work_mobile'),
    division: raw('division/name'),
    employmentStartDate: raw('company_join_date', 'join_date'),
  },
  // Its API has two generations: field names in capitals, and OData's.
  cezanne: {
    department: raw('OrgUnitName', 'Department', 'ORGUNITS_ORGUNITNAME'),
    jobTitle: raw('PositionName', 'JobTitle'),
    employeeId: raw('PersonCode', 'PERSONID'),
    employeeType: raw('EmploymentType', 'ContractType'),
    managerId: raw('ManagerPersonCode'),
    managerEmail: raw('ManagerWorkEmail', 'ManagerEmail'),
    officeLocation: raw('LocationName', 'TRANSLATEDLOCATIONNAME'),
    phoneNumber: raw('WorkPhone', 'WorkMobile'),
    costCenter: raw('CostCentreName', 'TRANSLATEDCOSTCENTRENAME'),
    organization: raw('CompanyName', 'TRANSLATEDCOMPANYNAME'),
    employmentStartDate: raw('HireDate', 'ORIGINALHIREDATE', 'EFFECTIVEFROM'),
  },
  // https://developer.personio.de/reference: every field has a label and a value, perhaps an object with attributes.
  personio: {
    department: raw('department/value/attributes/name', 'department/value'),
    jobTitle: raw('position/value'),
    employeeId: raw('employee_number/value', 'id/value'),
    employeeType: raw('employment_type/value'),
    managerId: raw('supervisor/value/attributes/id/value'),
    managerEmail: raw('supervisor/value/attributes/email/value'),
    officeLocation: raw('office/value/attributes/name', 'office/value'),
    phoneNumber: raw('work_phone/value', 'mobile_phone/value'),
    division: raw('division/value'),
    costCenter: raw('cost_centers/value/0/attributes/name'),
    organization: raw('subcompany/value/attributes/name', 'subcompany/value'),
    employmentStartDate: raw('hire_date/value'),
  },
  // https://docs.gusto.com: one of several jobs is the primary one.
  gusto: {
    jobTitle: raw('jobs/primary/title', 'jobs/0/title'),
    employeeId: raw('employee_code'),
    employeeType: raw('current_employment_status'),
    managerId: raw('manager_uuid'),
    phoneNumber: raw('phone'),
    officeLocation: raw('jobs/primary/location/city', 'jobs/0/location/city'),
    employmentStartDate: raw('jobs/primary/hire_date', 'jobs/0/hire_date'),
  },
  // Columns of `users.csv`: plain names, which are in FLAT.
  sftp: { phoneNumber: raw('phone') },
  s3: { phoneNumber: raw('phone') },
}

const made = new Map<string, AttributeSources>()

/** Where attributes are found for a provider by its key; an unknown one is read as SCIM and flat records. */
export function defaultSources(provider: string): AttributeSources {
  const key = Object.hasOwn(PROVIDERS, provider) ? provider : 'unknown'
  let sources = made.get(key)
  if (sources === undefined) {
    const own = PROVIDERS[key] ?? SCIM
    const entries = attributeNames.map((name) => [
      name,
      [...new Set([...CUSTOM[name], ...(own[name] ?? []), ...FLAT[name]])],
    ])
    sources = Object.fromEntries(entries) as AttributeSources
    made.set(key, sources)
  }
  return sources
}
