import { useRef, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { FileField } from '../../parts/file-field.tsx'
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
  const [chosen, setChosen] = useState<File>()
  const input = useRef<HTMLInputElement>(null)
  const read = useAction(async () => {
    const file = before?.file ?? chosen
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
            <FileField
              label={datasets.sameFile}
              input={input}
              kinds={FILE_KINDS}
              chosen={chosen?.name}
              onFile={setChosen}
            />
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
