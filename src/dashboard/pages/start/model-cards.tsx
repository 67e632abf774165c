import { Link } from 'wouter-preact'
import type { Schemas } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ModelScore } from './model-score.tsx'
import { Trend } from './trend.tsx'

/** Cards that show their metric over the versions. */
const MAX_TRENDS = 12

/** The models, each as a card. */
export function ModelCards({ models }: { models: readonly Schemas['ModelSummary'][] }) {
  return (
    <ul class="grid plain-list">
      {models.map((model, i) => (
        <li key={model.name}>
          <ModelCard model={model} withTrend={i < MAX_TRENDS} />
        </li>
      ))}
    </ul>
  )
}

interface CardProps {
  model: Schemas['ModelSummary']
  /** Whether the metric is shown over the versions, which asks the service for each of them. */
  withTrend: boolean
}

function ModelCard({ model: { name, aliases, versions, latest }, withTrend }: CardProps) {
  const { start } = useTexts()
  const served = aliases['production']
  return (
    <article class="card stack tight">
      <div class="row apart">
        <h2>
          <Link href={`/models/${name}`}>{name}</Link>
        </h2>
        <span class={served === undefined ? 'tag warn' : 'tag good'}>
          {served === undefined ? start.noVersion : start.version(served)}
        </span>
      </div>
      {served !== undefined && <ModelScore model={name} version={served} newest={latest ?? served} />}
      {withTrend && versions > 1 && <Trend model={name} newest={latest ?? 0} />}
      <div class="row apart">
        <span class="quiet fine">{start.versions(versions)}</span>
        {served !== undefined && (
          <Link href={`/models/${name}/try`} class="button small">
            {start.tryIt}
          </Link>
        )}
      </div>
    </article>
  )
}
