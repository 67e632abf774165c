import { useRef, useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { versionFacts } from '../../api/version-facts.ts'
import { useFormat } from '../../parts/format.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** Rows of the data that are gone through, from the first on. */
const MAX_ROWS = 20

type Row = Readonly<Record<string, unknown>>

interface Props {
  signature: Schemas['Signature']
  /** What is in the form. */
  features: Row
  /** Takes the columns of a row that the version takes. */
  onRow: (features: Record<string, unknown>) => void
}

/** Fills in a row of the data that the version has learnt from, another one with each press, and says what is true of it. */
export function ExampleButton({ signature: { model, version, inputs, target }, features, onRow }: Props) {
  const { tryIt } = useTexts()
  const { exact } = useFormat()
  const { may } = useSession()
  const rows = useRef<readonly Row[]>([])
  const [taken, setTaken] = useState(0)
  const [truth, setTruth] = useState<{ value: string | undefined; of: string }>()
  const take = useAction(async () => {
    if (rows.current.length === 0) rows.current = await rowsOf(model, version)
    const row = rows.current[taken % rows.current.length]
    if (!row) return
    setTaken(taken + 1)
    const next = Object.fromEntries(inputs.map(({ name }) => [name, row[name] ?? null]))
    setTruth({ value: truthOf(row, target.name, exact), of: JSON.stringify(next) })
    onRow(next)
  })
  if (!may('train')) return null
  // It is true of the row as it is in the data, not of one that was changed since.
  const shown = truth?.of === JSON.stringify(features) ? truth.value : undefined
  return (
    <div class="stack tight">
      <div class="row">
        <button type="button" class="button small" disabled={take.busy} onClick={() => void take.run()}>
          {taken === 0 ? tryIt.example : tryIt.nextExample}
        </button>
        {shown !== undefined && <span class="quiet fine">{tryIt.truth(shown)}</span>}
      </div>
      <ErrorNotice error={take.error} />
    </div>
  )
}

/** Loads the first rows of the data set that a version has learnt from; none where it is not known. */
async function rowsOf(model: string, version: number): Promise<readonly Row[]> {
  const { signal } = new AbortController()
  const { dataset } = await versionFacts(model, version, signal)
  if (!dataset) return []
  const params = { path: { dataset: dataset.id }, query: { limit: MAX_ROWS } }
  return (await answerOf(api.GET('/datasets/{dataset}/rows', { params }))).items
}

/** Writes what is true of a row; undefined where the target is several columns, or has no value there. */
function truthOf(row: Row, target: unknown, write: (value: number) => string): string | undefined {
  const value = typeof target === 'string' ? row[target] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return write(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
