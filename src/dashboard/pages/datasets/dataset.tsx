import { useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ConfirmButton } from '../../parts/confirm-button.tsx'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { Warnings } from '../../parts/warnings.tsx'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { ColumnCard } from './column-card.tsx'
import { CompareWith } from './compare-with.tsx'
import { ReadAgain } from './read-again.tsx'
import { RejectedLines } from './rejected-lines.tsx'
import { RowPreview } from './row-preview.tsx'
import { useDistributions } from './use-distributions.ts'

/** Columns that are shown at first. A table may have hundreds. */
const FIRST_COLUMNS = 24

/** A data set: what its columns hold, what the service warns of, and its rows. */
export function Dataset({ id }: { id: string }) {
  const dataset = useLoad(
    (signal) => answerOf(api.GET('/datasets/{dataset}', { params: { path: { dataset: id } }, signal })),
    [id],
  )
  return <Loading of={dataset}>{(value) => <Details key={value.id} dataset={value} />}</Loading>
}

function Details({ dataset }: { dataset: Schemas['Dataset'] }) {
  const { datasets, common } = useTexts()
  const { number, size, time } = useFormat()
  const { may } = useSession()
  const [, go] = useLocation()
  const [types, setTypes] = useState<Record<string, string>>({})
  const [all, setAll] = useState(false)
  const [wanted, setWanted] = useState('')
  const { id, name, rows, columns, bytes, createdAt, rejected, warnings } = dataset
  const found = columns.filter((column) => hasName(column, wanted))
  const shown = all ? found : found.slice(0, FIRST_COLUMNS)
  // They come in the order of the columns, of which those that are found may be the last.
  const distributions = useDistributions(id, wanted === '' ? shown.length : columns.length)
  return (
    <>
      <div class="row apart">
        <div class="stack tight">
          <h1>{name}</h1>
          <p class="quiet">
            {datasets.summary(number(rows), number(columns.length), size(bytes), time(createdAt))}
          </p>
        </div>
        <Link href={`/train/${id}`} class="button primary">
          {datasets.train}
        </Link>
      </div>
      <Warnings warnings={warnings} />
      {rejected > 0 && <RejectedLines id={id} count={rejected} />}
      <section class="stack" aria-labelledby="columns">
        <h2 id="columns">{datasets.columns}</h2>
        <ErrorNotice error={distributions.error} />
        {distributions.value && distributions.value.sampled < distributions.value.rows && (
          <p class="quiet fine">{datasets.sampled(number(distributions.value.sampled))}</p>
        )}
        {columns.length > FIRST_COLUMNS && (
          <label class="row fine">
            {datasets.findColumn}
            <input
              type="search"
              class="plain"
              value={wanted}
              onInput={(event) => setWanted(event.currentTarget.value.trim())}
            />
          </label>
        )}
        {found.length === 0 && (
          <p class="quiet" role="status">
            {datasets.noSuchColumn}
          </p>
        )}
        <div class="grid">
          {shown.map((column) => (
            <ColumnCard
              key={column.name}
              column={column}
              rows={rows}
              distribution={distributions.value?.byColumn.get(column.name)}
              type={types[column.name] ?? column.type}
              onType={(type) => setTypes((before) => ({ ...before, [column.name]: type }))}
            />
          ))}
        </div>
        {shown.length < found.length && (
          <div class="row">
            <button type="button" class="button" onClick={() => setAll(true)}>
              {common.showMore} ({number(found.length - shown.length)})
            </button>
          </div>
        )}
      </section>
      <ReadAgain dataset={dataset} types={types} onRead={(made) => go(`/datasets/${made.id}`)} />
      <CompareWith dataset={dataset} />
      <RowPreview id={id} columns={columns} />
      {may('admin') && (
        <ConfirmButton
          name={datasets.delete}
          about={datasets.deleteAbout(name)}
          act={async () => {
            await answerOf(api.DELETE('/datasets/{dataset}', { params: { path: { dataset: id } } }))
            go('/datasets')
          }}
        />
      )}
    </>
  )
}

function hasName({ name }: Schemas['Column'], wanted: string): boolean {
  return name.toLowerCase().includes(wanted.toLowerCase())
}
