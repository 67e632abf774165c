import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'

/** What the service has guessed or found, with the remedy; nothing without warnings. */
export function Warnings({ warnings }: { warnings: readonly Schemas['Warning'][] }) {
  const { common } = useTexts()
  if (warnings.length === 0) return null
  return (
    <section class="notice warn" aria-label={common.warnings(warnings.length)}>
      <strong>{common.warnings(warnings.length)}</strong>
      <ul>
        {warnings.map(({ message }) => (
          <li>{message}</li>
        ))}
      </ul>
    </section>
  )
}
