import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { SignedBars } from '../../parts/signed-bars.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** Terms on each side. */
const MAX_TERMS = 12

type OfOne = NonNullable<Schemas['VersionExplanation']['terms']>[number]

interface Props {
  /** The terms of each class, label or target. */
  terms: readonly OfOne[]
  by: Schemas['VersionExplanation']['termsBy']
}

/** The terms that speak most for a class and against it. */
export function Terms({ terms, by }: Props) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  const [chosen, setChosen] = useState(0)
  const one = terms[chosen]
  if (!one) return null
  const barOf = ({ term, feature, weight }: OfOne['positive'][number]) => ({
    name: new Set(one.positive.map((each) => each.feature)).size > 1 ? `${feature}: ${term}` : term,
    value: weight,
    text: weight > 0 ? `+${number(weight)}` : number(weight),
  })
  return (
    <section class="card stack" aria-labelledby="terms">
      <h3 id="terms">{texts.terms}</h3>
      <p class="quiet fine">{by === 'weights' ? texts.termsByWeights : texts.termsByContributions}</p>
      {terms.length > 1 && (
        <label class="field">
          {texts.class}
          <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
            {terms.map(({ name }, place) => (
              <option value={place}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <div class="grid">
        <SignedBars label={texts.termsFor(one.name)} bars={one.positive.slice(0, MAX_TERMS).map(barOf)} />
        <SignedBars label={texts.termsAgainst(one.name)} bars={one.negative.slice(0, MAX_TERMS).map(barOf)} />
      </div>
    </section>
  )
}
