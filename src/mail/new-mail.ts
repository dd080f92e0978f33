/** The template values of each kind of mail. Lists become bullets. */
interface MailValues {
  WELCOME: { greeting: string; organization: string; url: URL }
  SETUP_INVITATION: { organization: string; purpose: string; url: URL; expires: string }
  CREDENTIALS_INVALID: { list: readonly string[] }
  CREDENTIALS_VALID: { list: readonly string[] }
  STALLED: { list: readonly string[] }
  RECOVERED: { list: readonly string[] }
  GUARD_TRIPPED: { list: readonly string[] }
  GUARD_DECIDED: { list: readonly string[] }
}

export type MailKind = keyof MailValues

/** A mail to create. */
export type NewMail = {
  [Kind in MailKind]: {
    readonly kind: Kind
    /** What it is about. A second mail with the same key is not created. */
    readonly key: string
    readonly to: string
    readonly values: MailValues[Kind]
  }
}[MailKind]
