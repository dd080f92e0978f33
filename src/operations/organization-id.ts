/** What an id that is not an organization's is refused with. */
export const NOT_AN_ORGANIZATION = "must be an organization's id: org_…"

/** Whether a text may be WorkOS's id of an organization; it need not be known yet. */
export const isOrganizationId = (text: string): boolean => /^org_\S{1,196}$/.test(text)
