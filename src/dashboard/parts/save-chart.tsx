import type { RefObject } from 'preact'
import { useTexts } from '../texts/texts.tsx'
import type { CurvesProps } from './curve.ts'
import { csvOf, fileNameOf } from './curve-csv.ts'
import { ErrorNotice } from './notice.tsx'
import { saveBlob } from './save-file.tsx'
import { useAction } from './use-action.ts'

interface Props {
  chart: CurvesProps
  /** Where the chart is drawn. */
  place: RefObject<HTMLElement>
}

/** Saves what a chart shows: its values, and a picture. */
export function SaveChart({ chart, place }: Props) {
  const { curves: texts } = useTexts()
  const saveValues = () =>
    saveBlob(new Blob([csvOf(chart)], { type: 'text/csv' }), fileNameOf(chart.title, 'csv'))
  const picture = useAction(async () => {
    const canvas = place.current?.querySelector('canvas')
    if (!canvas) return
    const { pictureOf } = await import('./curve-picture.ts')
    saveBlob(await pictureOf(canvas, chart), fileNameOf(chart.title, 'png'))
  })
  return (
    <div class="stack tight">
      <div class="row">
        <button
          type="button"
          class="button small"
          aria-label={texts.savesOf(texts.saveValues, chart.title)}
          onClick={saveValues}
        >
          {texts.saveValues}
        </button>
        <button
          type="button"
          class="button small"
          aria-label={texts.savesOf(texts.savePicture, chart.title)}
          disabled={picture.busy}
          onClick={() => void picture.run()}
        >
          {texts.savePicture}
        </button>
      </div>
      <ErrorNotice error={picture.error} />
    </div>
  )
}
