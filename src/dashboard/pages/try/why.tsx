import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { SignedBars } from '../../parts/signed-bars.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { MarkedText } from './marked-text.tsx'
import type { Prediction } from './use-prediction.ts'

/** Contributions that have a bar. */
const MAX_BARS = 12

/** Why the answer is as it is: what each word or column adds, and how that sums up. Nothing unless it was asked for. */
export function Why({ prediction: { answer, question } }: { prediction: Prediction }) {
  const { tryIt } = useTexts()
  if (!answer?.explained || !answer.explanation) return null
  const { explained, base = 0 } = answer
  const explanation = answer.explanation.filter(({ contribution }) => contribution !== 0)
  const text = question?.text
  return (
    <section class="card stack" aria-labelledby="why">
      <div class="stack tight">
        <h2 id="why">{tryIt.why(explained.label ?? explained.target)}</h2>
        <p class="quiet fine">{tryIt.aboutWhy}</p>
      </div>
      {explanation.length === 0 && <p class="notice">{tryIt.nothingKnown}</p>}
      {explanation.length > 0 && (
        <>
          {typeof text === 'string' && <MarkedText text={text} terms={explanation} />}
          <Contributions contributions={explanation} features={question?.features} />
        </>
      )}
      <Sum base={base} contributions={explanation} explained={explained} />
    </section>
  )
}

interface ContributionsProps {
  contributions: readonly Schemas['Contribution'][]
  /** The row that was asked. */
  features: Readonly<Record<string, unknown>> | undefined
}

function Contributions({ contributions, features = {} }: ContributionsProps) {
  const { tryIt } = useTexts()
  const write = useSigned()
  const nameOf = ({ term, feature, known }: Schemas['Contribution']) => {
    if (term === undefined) return `${feature} = ${valueText(features[feature ?? ''], tryIt.missing)}`
    const name = known === false ? `${term} (${tryIt.unknownWord})` : term
    return feature === undefined ? name : `${feature}: ${name}`
  }
  return (
    <SignedBars
      label={tryIt.contributions}
      bars={contributions.slice(0, MAX_BARS).map((each) => ({
        name: nameOf(each),
        value: each.contribution,
        text: write(each.contribution),
      }))}
    />
  )
}

interface SumProps {
  base: number
  contributions: readonly Schemas['Contribution'][]
  explained: Schemas['Explained']
}

/** The base, the bars above and whatever else there is add up to the number behind the answer. */
function Sum({ base, contributions, explained: { output, rest, scale } }: SumProps) {
  const { tryIt } = useTexts()
  const { number } = useFormat()
  const write = useSigned()
  const total = (listed: readonly Schemas['Contribution'][]) =>
    listed.reduce((sum, { contribution }) => sum + contribution, 0)
  const others = rest + total(contributions.slice(MAX_BARS))
  return (
    <dl class="facts">
      <div title={tryIt.aboutBase}>
        <dt>{tryIt.base}</dt>
        <dd>{number(base)}</dd>
      </div>
      <div>
        <dt>{tryIt.listed}</dt>
        <dd>{write(total(contributions.slice(0, MAX_BARS)))}</dd>
      </div>
      {(contributions.length > MAX_BARS || rest !== 0) && (
        <div>
          <dt>{tryIt.others}</dt>
          <dd>{write(others)}</dd>
        </div>
      )}
      <div title={tryIt.aboutScale[scale]}>
        <dt>
          <strong>{tryIt.sum}</strong> <span class="quiet fine">{tryIt.scales[scale]}</span>
        </dt>
        <dd>
          <strong>{number(output)}</strong>
        </dd>
      </div>
    </dl>
  )
}

/** Returns what writes a number that is added. */
function useSigned(): (value: number) => string {
  const { number } = useFormat()
  return (value) => (value > 0 ? `+${number(value)}` : number(value))
}

function valueText(value: unknown, missing: string): string {
  return value === null || value === undefined ? missing : String(value)
}
