import type { Schemas } from '../../api/client.ts'
import { Bars } from '../../parts/bars.tsx'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'
import { Distribution } from './distribution.tsx'

type Column = Schemas['Column']

/** Classes that are shown of a column. */
const MAX_CLASSES = 6

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
      <Facts column={column} />
      {!column.classes && distribution && <Distribution of={distribution} />}
    </article>
  )
}

/** What is known of all rows. */
function Facts({ column }: { column: Column }) {
  const { datasets } = useTexts()
  const { number, exact } = useFormat()
  const { classes, min, max, mean, meanLength, distinct, earliest, latest } = column
  if (classes) return <Classes classes={classes} />
  const facts: [string, string][] = []
  if (min !== undefined && max !== undefined) facts.push([datasets.range, `${exact(min)} – ${exact(max)}`])
  if (mean !== undefined) facts.push([datasets.mean, number(mean)])
  if (earliest && latest) facts.push([datasets.range, `${earliest} – ${latest}`])
  if (meanLength !== undefined) facts.push([datasets.meanLength, number(Math.round(meanLength))])
  if (distinct !== undefined) facts.push([datasets.distinct, number(distinct)])
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The most frequent values of a column, and how many others there are. */
function Classes({ classes }: { classes: Readonly<Record<string, number>> }) {
  const { datasets } = useTexts()
  const { number } = useFormat()
  const sorted = Object.entries(classes).toSorted(([, a], [, b]) => b - a)
  const others = sorted.slice(MAX_CLASSES)
  return (
    <div class="stack tight">
      <Bars
        label={datasets.classes}
        bars={sorted
          .slice(0, MAX_CLASSES)
          .map(([name, count]) => ({ name, value: count, text: number(count) }))}
      />
      {others.length > 0 && <p class="quiet fine">{datasets.otherValues(number(others.length))}</p>}
    </div>
  )
}
