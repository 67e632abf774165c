import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
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
      <InCommon one={one.id} other={other.id} />
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

/** How many rows of each the other one has too. */
function InCommon({ one, other }: { one: string; other: string }) {
  const { datasets } = useTexts()
  const { number, percent } = useFormat()
  const overlap = useLoad(
    (signal) => {
      const params = { path: { dataset: one }, query: { with: other } }
      return answerOf(api.GET('/datasets/{dataset}/overlap', { params, signal }))
    },
    [one, other],
  )
  return (
    <Loading of={overlap}>
      {({ rows, inCommon, otherRows, otherInCommon }) => (
        <p title={datasets.aboutInCommon}>
          {datasets.inCommon(
            number(inCommon),
            percent(inCommon / Math.max(1, rows)),
            number(otherInCommon),
            percent(otherInCommon / Math.max(1, otherRows)),
          )}
        </p>
      )}
    </Loading>
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
