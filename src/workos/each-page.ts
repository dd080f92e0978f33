import { SnapshotError } from './snapshot-error.ts'

/**
 * Reads a list page by page. Throws SnapshotError if a page's cursor was followed before: its pages would be read
 * forever.
 */
export async function* eachPage<Page extends { readonly after: string | null }>(
  path: string,
  read: (after: string | null) => Promise<Page>,
): AsyncGenerator<Page, void> {
  const followed = new Set<string>()
  let after: string | null = null
  do {
    const page: Page = await read(after)
    yield page
    ;({ after } = page)
    if (after !== null && followed.has(after)) throw new SnapshotError(`The pages of ${path} form a cycle`)
    if (after !== null) followed.add(after)
  } while (after !== null)
}
