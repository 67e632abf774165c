import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

interface Props {
  summary: ComponentChildren
  class?: string
  children: ComponentChildren
}

/** Something that is made, and so loads what it needs, when the user opens it for the first time. */
export function Fold({ summary, class: kind, children }: Props) {
  const [wasOpened, setWasOpened] = useState(false)
  return (
    <details class={kind} onToggle={(event) => event.currentTarget.open && setWasOpened(true)}>
      <summary>{summary}</summary>
      {wasOpened && children}
    </details>
  )
}
