/** The columns of directory_user, called `x`, in the names of its model. */
export const directoryUserColumns = `
  x.id, x.directory_id as "directoryId", x.organization_id as "organizationId", x.idp_id as "idpId", x.email,
  x.first_name as "firstName", x.last_name as "lastName", x.name, x.username, x.state, x.custom_attributes as "customAttributes",
  x.raw_attributes as "rawAttributes", x.job_title as "jobTitle", x.idp_roles as "idpRoles", x.created_at as "createdAt", x.updated_at as "updatedAt",
  x.deleted_at as "deletedAt", x.account_id as "accountId"`
