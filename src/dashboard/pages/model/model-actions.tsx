import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ConfirmButton } from '../../parts/confirm-button.tsx'
import { NameField } from '../../parts/name-field.tsx'
import { SaveButton } from '../../parts/save-file.tsx'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { EvaluateOn } from './evaluate-on.tsx'
import { Retrain } from './retrain.tsx'
import { ScheduleForm } from './schedule-form.tsx'

interface Props {
  model: Schemas['Model']
  onChange: () => void
}

/** What can be done with a model and its versions, each with what it will do. */
export function ModelActions({ model, onChange }: Props) {
  const { model: texts, start } = useTexts()
  const { may } = useSession()
  const [version, setVersion] = useState(model.versions[0]?.version ?? 0)
  const [alias, setAlias] = useState('production')
  const name = model.name
  const served = model.aliases['production']
  const path = { name, version: String(version) }
  const done = async (call: Promise<unknown>) => {
    await call
    onChange()
  }
  return (
    <section class="card stack" aria-labelledby="actions">
      <h2 id="actions">{texts.actions}</h2>
      <div class="grid">
        <label class="field">
          {texts.version}
          <select value={version} onChange={(event) => setVersion(Number(event.currentTarget.value))}>
            {model.versions.map((each) => (
              <option value={each.version}>{start.version(each.version)}</option>
            ))}
          </select>
        </label>
        <NameField label={texts.alias} hint={texts.aliasHint} value={alias} onInput={setAlias} />
      </div>
      <div class="actions">
        <ConfirmButton
          name={texts.promote}
          about={texts.promoteAbout(alias, version, model.aliases[alias])}
          loses={false}
          act={() =>
            done(
              answerOf(
                api.PUT('/models/{name}/aliases/{alias}', {
                  params: { path: { name, alias } },
                  body: { version },
                }),
              ),
            )
          }
        />
        {served !== undefined && (
          <ConfirmButton
            name={texts.rollBack}
            about={texts.rollBackAbout(served)}
            loses={false}
            act={() => done(answerOf(api.POST('/models/{name}/rollback', { params: { path: { name } } })))}
          />
        )}
        {served !== undefined && <Retrain name={name} served={served} />}
        <SaveButton
          label={texts.export}
          path={`/models/${name}/versions/${version}/export`}
          file={`${name}-${version}.tar`}
        />
        {may('admin') && (
          <ConfirmButton
            name={texts.deleteVersion(version)}
            about={texts.deleteVersionAbout}
            act={() => done(answerOf(api.DELETE('/models/{name}/versions/{version}', { params: { path } })))}
          />
        )}
        {may('admin') && <DeleteModel name={name} />}
      </div>
      <EvaluateOn model={name} version={version} onDone={onChange} />
      <ScheduleForm model={model} onChange={onChange} />
    </section>
  )
}

function DeleteModel({ name }: { name: string }) {
  const { model: texts } = useTexts()
  const [, go] = useLocation()
  const act = async () => {
    await answerOf(api.DELETE('/models/{name}', { params: { path: { name } } }))
    go('/')
  }
  return <ConfirmButton name={texts.deleteModel} about={texts.deleteModelAbout(name)} act={act} />
}
