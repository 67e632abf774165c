import type { Schemas } from '../../api/client.ts'
import { Bars } from '../../parts/bars.tsx'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Classes that are shown of a column. */
const MAX_CLASSES = 6

/** What is known of a column by all rows. */
export function ColumnFacts({ column }: { column: Schemas['Column'] }) {
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
