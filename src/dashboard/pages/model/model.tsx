import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { type VersionFacts, versionFacts } from '../../api/version-facts.ts'
import { Loading } from '../../parts/loading.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useSession } from '../../session/session.tsx'
import { NeedsRole } from '../../session/sign-in.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { Candidates } from './candidates.tsx'
import { Comparison } from './comparison.tsx'
import { Description } from './description.tsx'
import { Evaluation } from './evaluation.tsx'
import { Explanation } from './explanation.tsx'
import { FindVersions } from './find-versions.tsx'
import { firstOf, foundVersions } from './found-versions.ts'
import { HeldOutRows } from './held-out-rows.tsx'
import { ModelActions } from './model-actions.tsx'
import { Timeline } from './timeline.tsx'
import { VersionCurves } from './version-curves.tsx'
import { VersionTable } from './version-table.tsx'

/** Versions that are shown at first. */
const FIRST_VERSIONS = 10
/** Versions that can be compared at once. */
const MAX_COMPARED = 4

/** A model: its versions, how good they are, and what can be done with them. */
export function Model({ name }: { name: string }) {
  const model = useLoad(
    (signal) => answerOf(api.GET('/models/{name}', { params: { path: { name } }, signal })),
    [name],
  )
  return <Loading of={model}>{(value) => <Details model={value} reload={model.reload} />}</Loading>
}

function Details({ model, reload }: { model: Schemas['Model']; reload: () => void }) {
  const { model: texts, start, common } = useTexts()
  const { may } = useSession()
  const [count, setCount] = useState(FIRST_VERSIONS)
  const [chosen, setChosen] = useState<readonly number[]>([])
  const [where, setWhere] = useState('')
  const numbers = model.versions.map(({ version }) => version)
  const facts = useLoad(
    async (signal) => {
      const found =
        where === '' ? firstOf(numbers, count) : await foundVersions(model.name, where, count, signal)
      const versions = await Promise.all(
        found.numbers.map((version) => versionFacts(model.name, version, signal)),
      )
      return { versions, hasMore: found.hasMore }
    },
    [model.name, where, count, numbers, model.aliases],
  )
  const toggle = (version: number) =>
    setChosen((before) =>
      before.includes(version)
        ? before.filter((each) => each !== version)
        : [...before, version].slice(-MAX_COMPARED),
    )
  return (
    <>
      <div class="row apart">
        <h1>{model.name}</h1>
        <Link href={`/models/${model.name}/try`} class="button primary">
          {start.tryIt}
        </Link>
      </div>
      <Description model={model.name} said={model} onChange={reload} />
      <section class="card stack" aria-labelledby="versions">
        <h2 id="versions">{texts.versions}</h2>
        {numbers.length > 1 && <FindVersions onFind={setWhere} />}
        <Loading of={facts}>
          {({ versions, hasMore }) =>
            versions.length === 0 ? (
              <p class="quiet" role="status">
                {hasMore ? texts.noneOfNewest : texts.noneFound}
              </p>
            ) : (
              <>
                <p class="quiet fine">{texts.versionsHint}</p>
                <VersionTable
                  model={model.name}
                  versions={versions}
                  said={model.versions}
                  chosen={chosen}
                  onToggle={toggle}
                />
                {hasMore && (
                  <div class="row">
                    <button
                      type="button"
                      class="button small"
                      onClick={() => setCount(count + FIRST_VERSIONS)}
                    >
                      {common.showMore}
                    </button>
                  </div>
                )}
              </>
            )
          }
        </Loading>
      </section>
      {facts.value && (
        <Chosen model={model} versions={facts.value.versions} chosen={chosen} onChange={reload} />
      )}
      {may('train') ? (
        <ModelActions model={model} onChange={reload} />
      ) : (
        <NeedsRole needs="train" what={texts.actions} />
      )}
      <Timeline model={model.name} key={model.updatedAt} />
    </>
  )
}

interface ChosenProps {
  model: Schemas['Model']
  versions: readonly VersionFacts[]
  chosen: readonly number[]
  onChange: () => void
}

/** The version that answers, or the one that is chosen, or several side by side. */
function Chosen({ model, versions, chosen, onChange }: ChosenProps) {
  const { model: texts, start } = useTexts()
  const compared = versions.filter(({ version }) => chosen.includes(version))
  if (compared.length > 1) return <Comparison model={model.name} versions={compared} />
  const shown = compared[0] ?? versions.find(({ aliases }) => aliases.includes('production')) ?? versions[0]
  if (!shown) return null
  const { version, recipe, choice } = shown
  const place = { model: model.name, version }
  const said = model.versions.find((each) => each.version === version)
  return (
    <section class="stack" aria-labelledby="version" key={version}>
      <h2 id="version">{start.version(version)}</h2>
      {said && <Description {...place} said={said} onChange={onChange} />}
      <Tabs
        label={start.version(version)}
        tabs={[
          { name: texts.evaluation, content: <Evaluation {...place} onPublish={onChange} /> },
          { name: texts.curves, content: <VersionCurves {...place} /> },
          { name: texts.explanation, content: <Explanation {...place} /> },
          { name: texts.heldOut, content: <HeldOutRows {...place} /> },
          {
            name: texts.recipe,
            content: (
              <div class="stack">
                {choice && <Candidates choice={choice} />}
                <pre class="code">{JSON.stringify(recipe, null, 2)}</pre>
              </div>
            ),
          },
        ]}
      />
    </section>
  )
}
