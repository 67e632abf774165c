import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ModelScore } from './model-score.tsx'
import { Trend } from './trend.tsx'

/** Cards that show their metric over the versions. */
const MAX_TRENDS = 12

/** Cards that are shown at first, and each time when more are asked for. */
const FIRST_MODELS = 24

/** The models, each as a card. Many of them are shown some at a time, and can be found by name. */
export function ModelCards({ models }: { models: readonly Schemas['ModelSummary'][] }) {
  const { start, common } = useTexts()
  const { number } = useFormat()
  const [wanted, setWanted] = useState('')
  const [count, setCount] = useState(FIRST_MODELS)
  const found = models.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()))
  const shown = found.slice(0, count)
  return (
    <div class="stack">
      {models.length > FIRST_MODELS && (
        <label class="row fine">
          {start.find}
          <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
      )}
      <ul class="grid plain-list">
        {shown.map((model, i) => (
          <li key={model.name}>
            <ModelCard model={model} withTrend={i < MAX_TRENDS} />
          </li>
        ))}
      </ul>
      {shown.length < found.length && (
        <div class="row">
          <button type="button" class="button" onClick={() => setCount(count + FIRST_MODELS)}>
            {common.showMore} ({number(found.length - shown.length)})
          </button>
        </div>
      )}
      {found.length === 0 && (
        <p class="quiet" role="status">
          {start.noneFound}
        </p>
      )}
    </div>
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
