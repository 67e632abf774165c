import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { Fold } from './fold.tsx'

/** Warnings that are shown at first. A table of many columns or classes may have dozens. */
const FIRST_WARNINGS = 5

interface Props {
  warnings: readonly Schemas['Warning'][]
}

/** What the service has guessed or found, with the remedy; nothing without warnings. */
export function Warnings({ warnings }: Props) {
  const { common } = useTexts()
  if (warnings.length === 0) return null
  const more = warnings.slice(FIRST_WARNINGS)
  return (
    <section class="notice warn" aria-label={common.warnings(warnings.length)}>
      <strong>{common.warnings(warnings.length)}</strong>
      <List warnings={warnings.slice(0, FIRST_WARNINGS)} />
      {more.length > 0 && (
        <Fold summary={common.more(more.length)}>
          <List warnings={more} />
        </Fold>
      )}
    </section>
  )
}

function List({ warnings }: Props) {
  return (
    <ul>
      {warnings.map(({ message }) => (
        <li>{message}</li>
      ))}
    </ul>
  )
}
