import { ProblemError, UnreachableError } from '../api/problem.ts'
import { useTexts } from '../texts/texts.tsx'

/** Most faults that are shown of one problem. */
const MAX_FAULTS = 20

/** Says what went wrong, with the place of each fault; nothing without an error. */
export function ErrorNotice({ error }: { error: Error | undefined }) {
  const { common } = useTexts()
  if (!error) return null
  if (error instanceof UnreachableError) {
    return (
      <p class="notice bad" role="alert">
        {common.unreachable}
      </p>
    )
  }
  const faults = error instanceof ProblemError ? error.faults : []
  return (
    <div class="notice bad" role="alert">
      <p>{error.message}</p>
      {faults.length > 0 && (
        <ul>
          {faults.slice(0, MAX_FAULTS).map(({ path, line, column, message }) => (
            <li>
              {line !== undefined && <strong>{common.line(line)} </strong>}
              {(path ?? column) && <code>{path ?? column}</code>} {message}
            </li>
          ))}
          {faults.length > MAX_FAULTS && <li>{common.more(faults.length - MAX_FAULTS)}</li>}
        </ul>
      )}
    </div>
  )
}
