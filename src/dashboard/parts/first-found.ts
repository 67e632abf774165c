/** Pages that are asked for at most, before an empty one is shown. */
const MAX_PAGES = 10

/** A page of a list, with what else the answer says. */
export interface AnyPage {
  items: readonly unknown[]
  next: string | null
}

/**
 * Loads a page of a list, or the first one after it with something on it: of thousands of jobs the service looks at some
 * hundred a page, of which a filter may leave out all.
 * @param load loads the page at a cursor; undefined: the first one
 */
export async function firstFound<Page extends AnyPage>(
  load: (cursor: string | undefined) => Promise<Page>,
  cursor: string | undefined,
): Promise<Page> {
  let page = await load(cursor)
  for (let pages = 1; page.items.length === 0 && page.next !== null && pages < MAX_PAGES; pages++)
    page = await load(page.next)
  return page
}
