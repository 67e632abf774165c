import { useMemo } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'
import { segmentsOf } from './segments.ts'

interface Props {
  /** The text that was explained. */
  text: string
  terms: readonly Schemas['Contribution'][]
}

/** A text in which each word is the more coloured, the more it adds to the answer or takes from it. */
export function MarkedText({ text, terms }: Props) {
  const { tryIt } = useTexts()
  const { number } = useFormat()
  const segments = useMemo(() => segmentsOf(text, terms.map(withPairs)), [text, terms])
  const most = Math.max(...segments.map(({ weight }) => Math.abs(weight ?? 0)), Number.MIN_VALUE)
  return (
    <div class="stack tight">
      <p class="marked">
        {segments.map(({ text: piece, weight }) =>
          weight === undefined ? (
            piece
          ) : (
            <span
              class={weight < 0 ? 'against' : 'for'}
              style={{ '--share': String(Math.abs(weight) / most) }}
              title={`${weight > 0 ? '+' : ''}${number(weight)}`}
            >
              {piece}
            </span>
          ),
        )}
      </p>
      <p class="row fine quiet">
        <span class="legend marked">
          <span class="for" style={{ '--share': '1' }}>
            {tryIt.speaksFor}
          </span>
        </span>
        <span class="legend marked">
          <span class="against" style={{ '--share': '1' }}>
            {tryIt.speaksAgainst}
          </span>
        </span>
      </p>
    </div>
  )
}

/** Gives the places their form: the API lists each as two numbers. */
function withPairs({ contribution, spans = [], count }: Schemas['Contribution']) {
  const pairs = spans.flatMap(([start, end]): [number, number][] =>
    start === undefined || end === undefined ? [] : [[start, end]],
  )
  return { contribution, spans: pairs, count }
}
