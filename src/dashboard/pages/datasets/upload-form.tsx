import { useRef, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { FileField } from '../../parts/file-field.tsx'
import { NameField } from '../../parts/name-field.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useDrop } from '../../parts/use-drop.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ReadFields } from './read-fields.tsx'
import { FILE_KINDS, nameOf, type ReadOptions, upload } from './upload.ts'
import { UploadProgress } from './upload-progress.tsx'

interface Props {
  onUploaded: (dataset: Schemas['Dataset']) => void
}

/** Takes a file by drop or choice, and uploads it with its progress shown. */
export function UploadForm({ onUploaded }: Props) {
  const { datasets, common } = useTexts()
  const [file, setFile] = useState<File>()
  const [name, setName] = useState('')
  const [options, setOptions] = useState<ReadOptions>({})
  const [sent, setSent] = useState(0)
  const aborter = useRef<AbortController>()
  const send = useAction(async (chosen: File) => {
    aborter.current = new AbortController()
    setSent(0)
    const { signal } = aborter.current
    onUploaded(await upload({ name, file: chosen, options, signal, onProgress: setSent }))
  })
  const choose = (chosen: File | undefined) => {
    if (!chosen) return
    send.clear()
    setFile(chosen)
    setName(nameOf(chosen.name))
  }
  const { isOver, handlers } = useDrop(choose)
  return (
    <form
      class={isOver ? 'card stack drop over' : 'card stack drop'}
      {...handlers}
      onSubmit={(event) => {
        event.preventDefault()
        if (file) void send.run(file)
      }}
    >
      <FileField
        label={datasets.file}
        hint={datasets.fileHint}
        kinds={FILE_KINDS}
        disabled={send.busy}
        chosen={file?.name}
        onFile={choose}
      />
      {file && (
        <div class="grid">
          <NameField label={datasets.name} hint={common.nameHint} value={name} onInput={setName} />
          <ReadFields options={options} onChange={setOptions} />
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
