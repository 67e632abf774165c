import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'
import type { AnyPage } from './first-found.ts'
import { Loading } from './loading.tsx'
import { useLoad } from './use-load.ts'

/** What the query of a list says about the page that is asked for. */
interface PageQuery {
  limit: number
  cursor?: string
}

interface Props<Page extends AnyPage> {
  /** Asks for a page. Where it depends on something, that is to be the `key` of the list. */
  load: (query: PageQuery, signal: AbortSignal) => Promise<Page>
  /** Items of a page. */
  limit: number
  /** How often the page is loaded again. Default: never. */
  everySeconds?: number | undefined
  children: (items: Page['items'], page: Page) => ComponentChildren
}

/** A list, a page at a time. It remembers the cursors of the pages that the user has left. */
export function Paged<Page extends AnyPage>({ load, limit, everySeconds, children }: Props<Page>) {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const cursor = cursors.at(-1)
  const query: PageQuery = { limit, ...(cursor === undefined ? {} : { cursor }) }
  const page = useLoad((signal) => load(query, signal), [query], everySeconds)
  const next = page.value?.next ?? null
  return (
    <div class="stack">
      <Loading of={page}>{(value) => children(value.items, value)}</Loading>
      {(cursors.length > 0 || next !== null) && (
        <Pager
          place={cursors.length + 1}
          onPrevious={cursors.length > 0 ? () => setCursors(cursors.slice(0, -1)) : undefined}
          onNext={next === null ? undefined : () => setCursors([...cursors, next])}
        />
      )}
    </div>
  )
}

interface PagerProps {
  /** The number of the page, from 1. */
  place: number
  /** Absent: there is no such page, as far as is known. */
  onPrevious: (() => void) | undefined
  onNext: (() => void) | undefined
}

function Pager({ place, onPrevious, onNext }: PagerProps) {
  const { common } = useTexts()
  return (
    <div class="row">
      <button type="button" class="button small" disabled={!onPrevious} onClick={onPrevious}>
        {common.previous}
      </button>
      <span class="quiet fine">{common.page(place)}</span>
      <button type="button" class="button small" disabled={!onNext} onClick={onNext}>
        {common.next}
      </button>
    </div>
  )
}
