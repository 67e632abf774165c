import type { Schemas } from '../../api/client.ts'
import { Bars } from '../../parts/bars.tsx'
import { useFormat } from '../../parts/format.ts'
import { Histogram } from '../../parts/histogram.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** Values and words that are shown. */
const MAX_BARS = 6

/** How the values of a column are distributed: a histogram, the most frequent values, or lengths and words of texts. */
export function Distribution({ of }: { of: Schemas['Distribution'] }) {
  const { datasets } = useTexts()
  const { number, exact } = useFormat()
  const { column, histogram, times, lengths, values, others, words } = of
  const drawn = histogram ?? times ?? lengths
  return (
    <>
      {histogram && (
        <Histogram
          title={column}
          edges={histogram.edges.map(exact)}
          counts={histogram.counts}
          write={number}
        />
      )}
      {times && (
        <Histogram title={column} edges={times.edges.map(timeText)} counts={times.counts} write={number} />
      )}
      {lengths && (
        <Histogram
          title={datasets.lengths}
          edges={lengths.edges.map(exact)}
          counts={lengths.counts}
          write={number}
        />
      )}
      {drawn && drawn.below + drawn.above > 0 && (
        <p class="quiet fine">{datasets.beyond(number(drawn.below), number(drawn.above))}</p>
      )}
      {words && words.length > 0 && (
        <>
          <p class="quiet fine">{datasets.words}</p>
          <Counted label={datasets.words} counted={words} />
        </>
      )}
      {values && <Counted label={datasets.classes} counted={values} />}
      {others && values && (others.values > 0 || values.length > MAX_BARS) && (
        <p class="quiet fine">
          {datasets.otherValues(number(others.values + Math.max(0, values.length - MAX_BARS)))}
        </p>
      )}
    </>
  )
}

function Counted({ label, counted }: { label: string; counted: readonly { value: string; rows: number }[] }) {
  const { number } = useFormat()
  return (
    <Bars
      label={label}
      bars={counted
        .slice(0, MAX_BARS)
        .map(({ value, rows }) => ({ name: value, value: rows, text: number(rows) }))}
    />
  )
}

/** Writes a time without what says nothing: midnight, or else its seconds. */
function timeText(iso: string): string {
  return iso.replace(/T00:00:00.000Z$/, '').replace(/:\d\d\.\d+Z$/, '')
}
