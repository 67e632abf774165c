import { useMemo, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { Bars } from '../../parts/bars.tsx'
import type { Curve } from '../../parts/curve.ts'
import { Curves } from '../../parts/curves.tsx'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'

type OfFeature = Schemas['VersionExplanation']['curves'][number]

const COLORS = [1, 2, 3, 4] as const

/** The mean answer by the values of a column that the user chooses: curves of numbers, bars of categories. */
export function FeatureCurves({ curves }: { curves: readonly OfFeature[] }) {
  const { model: texts } = useTexts()
  const [chosen, setChosen] = useState(0)
  const one = curves[chosen]
  if (!one) return null
  const isNumber = one.points.every(({ value }) => typeof value === 'number')
  return (
    <section class="card stack" aria-labelledby="feature">
      <h3 id="feature">{texts.featureCurve}</h3>
      <label class="field">
        {texts.column}
        <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
          {curves.map(({ feature }, place) => (
            <option value={place}>{feature}</option>
          ))}
        </select>
        <small>{texts.aboutFeatureCurve}</small>
      </label>
      {isNumber ? <OverNumbers key={one.feature} of={one} /> : <OverValues key={one.feature} of={one} />}
    </section>
  )
}

/** Returns the outputs that the column changes most, each with its name. */
function outputsOf({ names, points }: OfFeature, unnamed: string) {
  const count = points[0]?.outputs.length ?? 0
  return Array.from({ length: count }, (_, place) => {
    const values = points.map(({ outputs }) => outputs[place] ?? 0)
    return { name: names?.[place] ?? unnamed, values, span: Math.max(...values) - Math.min(...values) }
  })
    .toSorted((a, b) => b.span - a.span)
    .slice(0, COLORS.length)
}

function OverNumbers({ of }: { of: OfFeature }) {
  const { model: texts } = useTexts()
  const drawn = useMemo(() => {
    const curves = outputsOf(of, texts.meanAnswer).map(
      ({ name, values }, place): Curve => ({ name, values, color: COLORS[place] ?? 1 }),
    )
    return { x: of.points.map(({ value }) => Number(value)), curves }
  }, [of, texts])
  return (
    <Curves
      title={drawn.curves.length === 1 ? (drawn.curves[0]?.name ?? '') : texts.meanAnswer}
      xName={of.feature}
      x={drawn.x}
      curves={drawn.curves}
    />
  )
}

function OverValues({ of }: { of: OfFeature }) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  return (
    <div class="grid">
      {outputsOf(of, texts.meanAnswer).map(({ name, values }) => (
        <div class="stack tight" key={name}>
          <strong>{name}</strong>
          <Bars
            label={name}
            bars={of.points.map(({ value }, place) => ({
              name: String(value),
              value: values[place] ?? 0,
              text: number(values[place] ?? 0),
            }))}
          />
        </div>
      ))}
    </div>
  )
}
