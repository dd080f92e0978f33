// Spreadsheets take a field that begins with one of these for a formula and execute it:
// https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/
const DEFUSED = /^'+[=+\-@\t\r\n＝＋－＠]/

/** A text as a CSV field that no spreadsheet takes for a formula: prefixed with an apostrophe if it begins like one. */
export function defuse(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

/** Reverses `defuse`. */
export function restore(field: string): string {
  return DEFUSED.test(field) ? field.slice(1) : field
}
