import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ColumnFacts } from './column-facts.tsx'
import { Distribution } from './distribution.tsx'
import { useDistributions } from './use-distributions.ts'

type Dataset = Schemas['Dataset']
type Column = Schemas['Column']

/** Columns that are compared at first, and each time when more are asked for. */
const STEP = 12

/** A column of one data set, of the other, or of both. */
interface Pair {
  name: string
  here: Column | undefined
  there: Column | undefined
}

/** The columns of two data sets side by side, those that differ in kind first. */
export function Comparison({ one, other }: { one: Dataset; other: Dataset }) {
  const { datasets, common } = useTexts()
  const { number, time } = useFormat()
  const [count, setCount] = useState(STEP)
  const pairs = pairsOf(one.columns, other.columns)
  const changed = pairs.filter(isChanged)
  const shown = [...changed, ...pairs.filter((pair) => !isChanged(pair))].slice(0, count)
  const here = useDistributions(one.id, placeOfLast(one.columns, shown))
  const there = useDistributions(other.id, placeOfLast(other.columns, shown))
  return (
    <div class="stack">
      <p role="status">{datasets.changedColumns(changed.length, pairs.length)}</p>
      {shown.map((pair) => (
        <article class="stack tight" key={pair.name}>
          <h3>{pair.name}</h3>
          <div class="grid wide">
            <Side
              title={datasets.thisOne(number(one.rows))}
              column={pair.here}
              rows={one.rows}
              distribution={here.value?.byColumn.get(pair.name)}
            />
            <Side
              title={datasets.thatOne(time(other.createdAt), number(other.rows))}
              column={pair.there}
              rows={other.rows}
              distribution={there.value?.byColumn.get(pair.name)}
            />
          </div>
        </article>
      ))}
      {shown.length < pairs.length && (
        <div class="row">
          <button type="button" class="button" onClick={() => setCount(count + STEP)}>
            {common.showMore} ({number(pairs.length - shown.length)})
          </button>
        </div>
      )}
    </div>
  )
}

interface SideProps {
  title: string
  column: Column | undefined
  /** Rows of the data set. */
  rows: number
  distribution: Schemas['Distribution'] | undefined
}

function Side({ title, column, rows, distribution }: SideProps) {
  const { datasets, types } = useTexts()
  const { number, percent } = useFormat()
  if (!column) {
    return (
      <div class="stack tight">
        <p class="quiet fine">{title}</p>
        <p>
          <span class="tag warn">{datasets.noColumn}</span>
        </p>
      </div>
    )
  }
  return (
    <div class="stack tight">
      <p class="quiet fine">{title}</p>
      <p class="fine">
        {types[column.type]} ·{' '}
        {column.missing === 0
          ? datasets.complete
          : datasets.missing(number(column.missing), percent(column.missing / Math.max(1, rows)))}
      </p>
      <ColumnFacts column={column} />
      {!column.classes && distribution && <Distribution of={distribution} />}
    </div>
  )
}

/** Returns the columns of both, in the order of the first and, behind it, of the second. */
function pairsOf(one: readonly Column[], other: readonly Column[]): Pair[] {
  const byName = new Map(other.map((column) => [column.name, column]))
  const known = new Set(one.map(({ name }) => name))
  return [
    ...one.map((here) => ({ name: here.name, here, there: byName.get(here.name) })),
    ...other.flatMap((there) =>
      known.has(there.name) ? [] : [{ name: there.name, here: undefined, there }],
    ),
  ]
}

/** Tells whether one of the data sets lacks a column, or has it with another type. */
function isChanged({ here, there }: Pair): boolean {
  return here?.type !== there?.type
}

/** Returns how many columns are to be asked for so that all that are shown are among them; at least one. */
function placeOfLast(columns: readonly Column[], shown: readonly Pair[]): number {
  const names = new Set(shown.map(({ name }) => name))
  return Math.max(1, columns.findLastIndex(({ name }) => names.has(name)) + 1)
}
