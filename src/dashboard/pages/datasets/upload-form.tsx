import { useRef, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { NameField } from '../../parts/name-field.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useTexts } from '../../texts/texts.tsx'
import { DELIMITERS, FILE_KINDS, nameOf, type ReadOptions, rememberFile, upload } from './upload.ts'
import { UploadProgress } from './upload-progress.tsx'

interface Props {
  onUploaded: (dataset: Schemas['Dataset']) => void
}

/** Takes a file by drop or choice, and uploads it with its progress shown. */
export function UploadForm({ onUploaded }: Props) {
  const { datasets, common } = useTexts()
  const [file, setFile] = useState<File>()
  const [name, setName] = useState('')
  const [delimiter, setDelimiter] = useState('')
  const [skips, setSkips] = useState(false)
  const [isOver, setOver] = useState(false)
  const [sent, setSent] = useState(0)
  const aborter = useRef<AbortController>()
  const send = useAction(async (chosen: File) => {
    aborter.current = new AbortController()
    setSent(0)
    const options: ReadOptions = { delimiter, ...(skips ? { onError: 'skip' } : {}) }
    const { signal } = aborter.current
    const dataset = await upload({ name, file: chosen, options, signal, onProgress: setSent })
    rememberFile(dataset.id, chosen, options)
    onUploaded(dataset)
  })
  const choose = (chosen: File | undefined) => {
    if (!chosen) return
    send.clear()
    setFile(chosen)
    setName(nameOf(chosen.name))
  }
  return (
    <form
      class={isOver ? 'card stack drop over' : 'card stack drop'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        choose(event.dataTransfer?.files[0])
      }}
      onSubmit={(event) => {
        event.preventDefault()
        if (file) void send.run(file)
      }}
    >
      <label class="field">
        {datasets.file}
        <input
          type="file"
          accept={FILE_KINDS.join(',')}
          disabled={send.busy}
          onChange={(event) => choose(event.currentTarget.files?.[0])}
        />
        <small>{datasets.fileHint}</small>
      </label>
      {file && (
        <div class="grid">
          <NameField label={datasets.name} hint={common.nameHint} value={name} onInput={setName} />
          <label class="field">
            {datasets.delimiter}
            <select value={delimiter} onChange={(event) => setDelimiter(event.currentTarget.value)}>
              <option value="">{datasets.bySample}</option>
              {DELIMITERS.map((each) => (
                <option value={each}>{each}</option>
              ))}
            </select>
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={skips}
              onChange={(event) => setSkips(event.currentTarget.checked)}
            />
            {datasets.skip}
          </label>
        </div>
      )}
      {send.busy && file && <UploadProgress sent={sent} total={file.size} />}
      <ErrorNotice error={send.error} />
      {file && (
        <div class="row">
          <button type="submit" class="button primary" disabled={send.busy}>
            {datasets.upload}
          </button>
          {send.busy && (
            <button type="button" class="button" onClick={() => aborter.current?.abort()}>
              {common.cancel}
            </button>
          )}
        </div>
      )}
    </form>
  )
}
