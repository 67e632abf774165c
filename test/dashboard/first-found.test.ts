import { expect, it } from 'vitest'
import { firstFound } from '../../src/dashboard/parts/first-found.ts'

/** A list of pages by their places; each but the last one names the next. */
function listOf(pages: readonly (readonly string[])[]) {
  const asked: (string | undefined)[] = []
  const load = async (cursor: string | undefined) => {
    asked.push(cursor)
    const at = Number(cursor ?? 0)
    return { items: pages[at] ?? [], next: at + 1 < pages.length ? String(at + 1) : null }
  }
  return { asked, load }
}

it('shows the first page with something on it, and where the list goes on', async () => {
  const { asked, load } = listOf([[], [], ['a'], ['b']])
  expect(await firstFound(load, undefined)).toEqual({ items: ['a'], next: '3' })
  expect(asked).toEqual([undefined, '1', '2'])
  expect(await firstFound(load, '3')).toEqual({ items: ['b'], next: null })
})

it('shows an empty page at the end of a list, and after a bounded number of pages', async () => {
  expect(await firstFound(listOf([[], []]).load, undefined)).toEqual({ items: [], next: null })
  const { asked, load } = listOf(Array.from({ length: 100 }, () => []))
  expect(await firstFound(load, undefined)).toEqual({ items: [], next: '10' })
  expect(asked).toHaveLength(10)
})
