import { useRef, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useTexts } from '../../texts/texts.tsx'
import { ReadFields } from './read-fields.tsx'
import { FILE_KINDS, fileOf, type ReadOptions, upload } from './upload.ts'

interface Props {
  dataset: Schemas['Dataset']
  /** Types that the user has changed, by column. */
  types: Readonly<Record<string, string>>
  onRead: (dataset: Schemas['Dataset']) => void
}

/** Reads the same file once more with other types or another delimiter: a data set never changes, so it makes a new one. */
export function ReadAgain({ dataset, types, onRead }: Props) {
  const { datasets } = useTexts()
  const before = fileOf(dataset.id)
  const [options, setOptions] = useState<ReadOptions>(before?.options ?? {})
  const input = useRef<HTMLInputElement>(null)
  const read = useAction(async () => {
    const file = before?.file ?? input.current?.files?.[0]
    if (!file) return input.current?.click()
    const changed = { ...options, types: { ...options.types, ...types } }
    onRead(await upload({ name: dataset.name, file, options: changed }))
  })
  return (
    <details class="card" open={Object.keys(types).length > 0}>
      <summary>{datasets.readAgain}</summary>
      <div class="stack">
        <p class="quiet">{datasets.readAgainAbout}</p>
        <div class="grid">
          {!before && (
            <label class="field">
              {datasets.sameFile}
              <input ref={input} type="file" accept={FILE_KINDS.join(',')} />
            </label>
          )}
          <ReadFields options={options} onChange={setOptions} />
        </div>
        <ErrorNotice error={read.error} />
        <div class="row">
          <button type="button" class="button primary" disabled={read.busy} onClick={() => void read.run()}>
            {datasets.readAgain}
          </button>
        </div>
      </div>
    </details>
  )
}
