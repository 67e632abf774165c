import { Link, useLocation } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { UploadForm } from './upload-form.tsx'

/** Uploads a file, and lists the data sets that there are. */
export function Datasets() {
  const { datasets } = useTexts()
  const [, go] = useLocation()
  return (
    <>
      <h1>{datasets.title}</h1>
      <UploadForm onUploaded={({ id }) => go(`/datasets/${id}`)} />
      <Paged
        limit={50}
        load={(query, signal) => answerOf(api.GET('/datasets', { params: { query }, signal }))}
      >
        {(items) => (items.length === 0 ? null : <DatasetTable items={items} />)}
      </Paged>
    </>
  )
}

function DatasetTable({ items }: { items: readonly Schemas['DatasetSummary'][] }) {
  const { datasets } = useTexts()
  const { number, size, time } = useFormat()
  return (
    <section class="card" aria-label={datasets.title}>
      <Scroll label={datasets.title}>
        <table>
          <thead>
            <tr>
              <th>{datasets.name}</th>
              <th class="number">{datasets.rows}</th>
              <th class="number">{datasets.columns}</th>
              <th class="number">{datasets.size}</th>
              <th>{datasets.uploaded}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={item.id}>
                <td>
                  <Link href={`/datasets/${item.id}`}>{item.name}</Link>
                </td>
                <td class="number">{number(item.rows)}</td>
                <td class="number">{number(item.columnCount)}</td>
                <td class="number">{size(item.bytes)}</td>
                <td class="whole">{time(item.createdAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}
