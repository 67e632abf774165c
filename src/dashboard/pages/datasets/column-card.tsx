import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ColumnFacts } from './column-facts.tsx'
import { Distribution } from './distribution.tsx'

type Column = Schemas['Column']

interface Props {
  column: Column
  /** Rows of the data set. */
  rows: number
  /** Absent while it is not loaded. */
  distribution: Schemas['Distribution'] | undefined
  type: string
  onType: (type: string) => void
}

/** A column: its type, which can be changed, what is missing, and how its values are distributed. */
export function ColumnCard({ column, rows, distribution, type, onType }: Props) {
  const { datasets, types } = useTexts()
  const { number, percent } = useFormat()
  return (
    <article class="card stack tight">
      <h3>{column.name}</h3>
      <div class="row apart">
        <select
          class="plain"
          aria-label={datasets.typeOf(column.name)}
          value={type}
          onChange={(event) => onType(event.currentTarget.value)}
        >
          {Object.entries(types).map(([each, name]) => (
            <option value={each}>{name}</option>
          ))}
        </select>
        <span class="quiet fine" title={datasets.missingAbout}>
          {column.missing === 0
            ? datasets.complete
            : datasets.missing(number(column.missing), percent(column.missing / Math.max(1, rows)))}
        </span>
      </div>
      {column.leftOutAs && <p class="tag warn">{datasets.leftOut[column.leftOutAs]}</p>}
      <ColumnFacts column={column} />
      {!column.classes && distribution && <Distribution of={distribution} />}
    </article>
  )
}
