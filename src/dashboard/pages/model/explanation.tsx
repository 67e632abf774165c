import { answerOf, api, type Schemas } from '../../api/client.ts'
import { Bars } from '../../parts/bars.tsx'
import { useFormat } from '../../parts/format.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { FeatureCurves } from './feature-curves.tsx'
import { Terms } from './terms.tsx'

/** Columns whose importance has a bar. */
const MAX_BARS = 20
/** Parts of the rows that are listed. */
const MAX_SLICES = 8

type Explained = Schemas['VersionExplanation']

/** What counts for a version over many rows. It is computed when it is asked for the first time. */
export function Explanation({ model, version }: { model: string; version: number }) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  const path = { name: model, version: String(version) }
  const { value, error } = useLoad(
    (signal) =>
      answerOf(api.GET('/models/{name}/versions/{version}/explanation', { params: { path }, signal })),
    [model, version],
  )
  if (error) return <ErrorNotice error={error} />
  if (!value) {
    return (
      <p class="card quiet waiting" role="status">
        {texts.explaining}
      </p>
    )
  }
  return (
    <div class="stack">
      <p class="quiet fine">
        {texts.explainedOn(number(value.rows))} {value.seen && texts.seen}
      </p>
      <Importance importance={value.importance} />
      {value.terms && value.terms.length > 0 && <Terms terms={value.terms} by={value.termsBy} />}
      {value.curves.length > 0 && <FeatureCurves curves={value.curves} />}
      <Slices slices={value.slices} />
    </div>
  )
}

function Importance({ importance: { metric, features, baseline } }: { importance: Explained['importance'] }) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  return (
    <section class="card stack" aria-labelledby="importance">
      <h3 id="importance">{texts.importance}</h3>
      <p class="quiet fine">{texts.aboutImportance(texts.losses[metric], number(baseline))}</p>
      <Bars
        label={texts.importance}
        bars={features.slice(0, MAX_BARS).map(({ feature, mean, deviation }) => ({
          name: feature,
          value: mean,
          text: `${mean > 0 ? '+' : ''}${number(mean)} ± ${number(deviation)}`,
        }))}
      />
    </section>
  )
}

/** The parts of the rows on which the version does worst. */
function Slices({ slices: { metric, overall, worst, slices } }: { slices: Explained['slices'] }) {
  const { model: texts } = useTexts()
  const { number, percent } = useFormat()
  const write = metric === 'accuracy' ? percent : number
  const sorted = slices.toSorted((a, b) => (metric === 'accuracy' ? a.value - b.value : b.value - a.value))
  if (sorted.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="slices">
      <h3 id="slices">{texts.slices}</h3>
      <p class="quiet fine">{texts.aboutSlices(texts.sliceMetrics[metric], write(overall))}</p>
      {worst && (
        <p class="notice warn">
          {texts.worstSlice} <strong>{worst.column}</strong> {worst.part}: {write(worst.value)}
        </p>
      )}
      <Scroll label={texts.slices}>
        <table>
          <thead>
            <tr>
              <th>{texts.column}</th>
              <th>{texts.part}</th>
              <th class="number">{texts.rows}</th>
              <th class="number">{texts.sliceMetrics[metric]}</th>
              <th class="number" title={texts.aboutInterval95}>
                95%
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, MAX_SLICES).map(({ column, part, rows, value, interval95 }) => (
              <tr key={`${column} ${part}`}>
                <td>{column}</td>
                <td>{part}</td>
                <td class="number">{number(rows)}</td>
                <td class="number">{write(value)}</td>
                <td class="number">
                  {write(interval95.low)} – {write(interval95.high)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}
