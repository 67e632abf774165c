import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { useFormat } from './format.ts'

/** The choices of a `<select>` of data sets, each with what tells it from others. */
export function DatasetOptions({ datasets }: { datasets: readonly Schemas['DatasetSummary'][] }) {
  const { datasets: texts } = useTexts()
  const { number, time } = useFormat()
  return (
    <>
      {datasets.map(({ id, name, rows, createdAt }) => (
        <option value={id} key={id}>
          {name} · {texts.thatOne(time(createdAt), number(rows))}
        </option>
      ))}
    </>
  )
}
