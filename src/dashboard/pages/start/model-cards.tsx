import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { TagList } from '../../parts/tag-list.tsx'
import { writtenTag } from '../../parts/written-tag.ts'
import { useTexts } from '../../texts/texts.tsx'
import { MetricTrend } from './metric-trend.tsx'
import { useTrends } from './use-trends.ts'

/** Cards that are shown at first, and each time when more are asked for. */
const FIRST_MODELS = 24

interface Props {
  models: readonly Schemas['ModelSummary'][]
  /** Requests a minute by model; a model without any has none. */
  rates: ReadonlyMap<string, number>
}

/** The models, each as a card. Many of them are shown some at a time, and can be found by name. */
export function ModelCards({ models, rates }: Props) {
  const { start, common } = useTexts()
  const { number } = useFormat()
  const [wanted, setWanted] = useState('')
  const [count, setCount] = useState(FIRST_MODELS)
  const found = models.filter((model) => isFound(model, wanted.trim().toLowerCase()))
  const shown = found.slice(0, count)
  const trends = useTrends(shown)
  return (
    <div class="stack">
      {models.length > FIRST_MODELS && (
        <label class="row fine">
          {start.find}
          <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
      )}
      <ul class="grid plain-list">
        {shown.map((model) => (
          <li key={model.name}>
            <ModelCard
              model={model}
              // A model that cannot be read has no trend.
              versions={trends && (trends.get(model.name) ?? [])}
              perMinute={rates.get(model.name) ?? 0}
            />
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

/** Tells whether a model is what the user looks for. @param wanted in lower case */
function isFound({ name, description, tags }: Schemas['ModelSummary'], wanted: string): boolean {
  const texts = [
    name,
    description ?? '',
    ...Object.entries(tags).map(([key, value]) => writtenTag(key, value)),
  ]
  return texts.some((text) => text.toLowerCase().includes(wanted))
}

interface CardProps {
  model: Schemas['ModelSummary']
  /** Metrics of the newest versions; undefined while they are not known. */
  versions: Schemas['Trend']['versions'] | undefined
  /** Requests for predictions a minute. */
  perMinute: number
}

function ModelCard({ model, versions, perMinute }: CardProps) {
  const { name, aliases, versions: count, description, tags } = model
  const { start } = useTexts()
  const { number } = useFormat()
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
      {description !== null && <p class="quiet fine said">{description}</p>}
      <TagList tags={tags} />
      <MetricTrend served={served} versions={versions} />
      <div class="row apart">
        <span class="quiet fine">
          {start.versions(count)}
          {perMinute > 0 && <span title={start.aboutPerMinute}> · {start.perMinute(number(perMinute))}</span>}
        </span>
        {served !== undefined && (
          <Link href={`/models/${name}/try`} class="button small">
            {start.tryIt}
          </Link>
        )}
      </div>
    </article>
  )
}
