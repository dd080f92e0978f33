// Spreadsheets take a field that begins with one of these for a formula, and carry it out:
// https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/
const DEFUSED = /^'+[=+\-@\t\r\n＝＋－＠]/

/**
 * A text as a field of CSV that no spreadsheet takes for a formula: with an apostrophe before it where it begins like
 * one.
 */
export function defuse(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

/** The text that `defuse` made this field of. */
export function restore(field: string): string {
  return DEFUSED.test(field) ? field.slice(1) : field
}
