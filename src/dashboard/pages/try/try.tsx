import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { RowForm } from './row-form.tsx'
import { TextBox } from './text-box.tsx'

/** Asks a model: one text, or a row of a table. */
export function Try({ model }: { model: string }) {
  const { tryIt, start } = useTexts()
  const [version, setVersion] = useState('production')
  const known = useLoad(
    (signal) => answerOf(api.GET('/models/{name}', { params: { path: { name: model } }, signal })),
    [model],
  )
  const signature = useLoad(
    (signal) =>
      answerOf(
        api.GET('/models/{name}/versions/{version}/signature', {
          params: { path: { name: model, version } },
          signal,
        }),
      ),
    [model, version],
  )
  return (
    <>
      <div class="row apart">
        <div class="stack tight">
          <h1>{tryIt.title(model)}</h1>
          <p>
            <Link href={`/models/${model}`}>{tryIt.back}</Link>
          </p>
        </div>
        {known.value && (
          <label class="row fine">
            {tryIt.version}
            <select class="plain" value={version} onChange={(event) => setVersion(event.currentTarget.value)}>
              {Object.entries(known.value.aliases).map(([alias, number]) => (
                <option value={alias}>
                  {alias} ({start.version(number)})
                </option>
              ))}
              {known.value.versions.map(({ version: number }) => (
                <option value={String(number)}>{start.version(number)}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <Loading of={signature}>{(value) => <Ask key={`${model} ${version}`} signature={value} />}</Loading>
    </>
  )
}

/** A box for a model of one text, a form for every other one. */
function Ask({ signature }: { signature: Schemas['Signature'] }) {
  const [only, ...others] = signature.inputs
  if (only?.type === 'text' && others.length === 0) return <TextBox signature={signature} input={only.name} />
  return <RowForm signature={signature} />
}
