import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { TagList } from '../../parts/tag-list.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { type Edited, edited, type Written } from './edited.ts'
import { linesOf } from './tag-lines.ts'

type Said = Schemas['Description']

interface Props {
  model: string
  /** Absent: the model itself is described. */
  version?: number
  said: Said
  onChange: () => void
}

/** What a model or a version is for, with its tags. Who may train can change both. */
export function Description({ model, version, said, onChange }: Props) {
  const { model: texts } = useTexts()
  const { may } = useSession()
  const [isEdited, setIsEdited] = useState(false)
  const save = async (body: Edited) => {
    const call =
      version === undefined
        ? api.PUT('/models/{name}/description', { params: { path: { name: model } }, body })
        : api.PUT('/models/{name}/versions/{version}/description', {
            params: { path: { name: model, version: String(version) } },
            body,
          })
    await answerOf<unknown>(call)
    setIsEdited(false)
    onChange()
  }
  if (isEdited) return <Form said={said} save={save} onCancel={() => setIsEdited(false)} />
  return (
    <div class="stack tight">
      {said.description !== null && <p class="said">{said.description}</p>}
      <TagList tags={said.tags} />
      {may('train') && (
        <div class="row">
          <button type="button" class="button small" onClick={() => setIsEdited(true)}>
            {version === undefined ? texts.describe : texts.describeVersion(version)}
          </button>
        </div>
      )}
    </div>
  )
}

interface FormProps {
  said: Said
  save: (body: Edited) => Promise<void>
  onCancel: () => void
}

function Form({ said, save, onCancel }: FormProps) {
  const { model: texts, common } = useTexts()
  const [before] = useState<Written>({ description: said.description ?? '', lines: linesOf(said.tags) })
  const [description, setDescription] = useState(before.description)
  const [lines, setLines] = useState(before.lines)
  const saving = useAction(() => save(edited(before, { description, lines })))
  return (
    <form
      class="card stack"
      onSubmit={(event) => {
        event.preventDefault()
        void saving.run()
      }}
    >
      <label class="field">
        {texts.description}
        <textarea
          rows={4}
          maxLength={5000}
          value={description}
          onInput={(event) => setDescription(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        {common.tags}
        <textarea rows={3} value={lines} onInput={(event) => setLines(event.currentTarget.value)} />
        <small>{texts.tagsHint}</small>
      </label>
      <ErrorNotice error={saving.error} />
      <div class="row">
        <button type="submit" class="button primary" disabled={saving.busy}>
          {texts.saveDescription}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {common.cancel}
        </button>
      </div>
    </form>
  )
}
