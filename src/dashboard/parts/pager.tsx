import { useState } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'

interface Props {
  /** The cursor of the next page; null: this is the last one. */
  next: string | null
  /** Called with the cursor of the page to show; undefined: the first. */
  onPage: (cursor: string | undefined) => void
}

/** Goes through the pages of a list. It remembers the cursors of the pages that it has left. */
export function Pager({ next, onPage }: Props) {
  const { common } = useTexts()
  const [visited, setVisited] = useState<(string | undefined)[]>([undefined])
  if (next === null && visited.length === 1) return null
  const back = () => {
    const before = visited.slice(0, -1)
    setVisited(before)
    onPage(before.at(-1))
  }
  const on = () => {
    if (next === null) return
    setVisited([...visited, next])
    onPage(next)
  }
  return (
    <div class="row">
      <button type="button" class="button small" disabled={visited.length === 1} onClick={back}>
        {common.previous}
      </button>
      <span class="quiet fine">{common.page(visited.length)}</span>
      <button type="button" class="button small" disabled={next === null} onClick={on}>
        {common.next}
      </button>
    </div>
  )
}
