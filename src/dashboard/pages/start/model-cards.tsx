import { Link } from 'wouter-preact'
import type { Schemas } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ModelScore } from './model-score.tsx'

/** The models, each as a card. */
export function ModelCards({ models }: { models: readonly Schemas['ModelSummary'][] }) {
  return (
    <ul class="grid plain-list">
      {models.map((model) => (
        <li key={model.name}>
          <ModelCard model={model} />
        </li>
      ))}
    </ul>
  )
}

function ModelCard({ model: { name, aliases, versions, latest } }: { model: Schemas['ModelSummary'] }) {
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
