import { useEffect, useState } from 'preact/hooks'
import { goodResponse, type Schemas, SERVICE, send } from '../../api/client.ts'
import { saveBlob } from '../../parts/save-file.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { MAX_MATRIX } from './confusion-matrix.tsx'

type Evaluation = Schemas['Evaluation']

const DARK = matchMedia('(prefers-color-scheme: dark)')

interface Props {
  model: string
  version: number
  evaluation: Evaluation
}

/** The pictures that the service draws of an evaluation. */
export function Plots({ model, version, evaluation }: Props) {
  const { model: texts } = useTexts()
  const names = plotsOf(evaluation)
  if (names.length === 0) return null
  return (
    <section class="grid wide" aria-label={texts.plots}>
      {names.map((name) => (
        <Plot
          key={name}
          address={`/models/${model}/versions/${version}/plots/${name}.svg`}
          name={texts.plotNames[name]}
          file={`${model}-${version}-${name}.svg`}
        />
      ))}
    </section>
  )
}

type PlotName =
  | 'confusion'
  | 'roc'
  | 'pr'
  | 'reliability'
  | 'residuals'
  | 'labels'
  | 'kfold'
  | 'learning-curve'

/** Returns the names of the plots that there are data for. */
function plotsOf(evaluation: Evaluation): PlotName[] {
  const { metrics, perClass, classes = [], confusionMatrix, learningCurve = [] } = evaluation
  const { roc, precisionRecall, reliability, residuals, folds } = evaluation
  const has: [PlotName, boolean][] = [
    // A smaller matrix is a table of the page.
    ['confusion', confusionMatrix !== undefined && classes.length > MAX_MATRIX],
    ['roc', roc !== undefined],
    ['pr', precisionRecall !== undefined],
    ['reliability', reliability !== undefined],
    ['residuals', residuals !== undefined],
    ['labels', perClass !== undefined && 'hammingLoss' in metrics],
    ['kfold', folds !== undefined && folds.length > 1],
    ['learning-curve', learningCurve.length > 0],
  ]
  return has.filter(([, is]) => is).map(([name]) => name)
}

/** A picture in the colours of the theme. It is fetched, so that a key can be sent for it. */
function Plot({ address, name, file }: { address: string; name: string; file: string }) {
  const { model: texts, curves } = useTexts()
  const theme = useTheme()
  const picture = useLoad(
    async (signal) => {
      const response = await goodResponse(send(`${SERVICE}${address}?theme=${theme}`, { signal }))
      return response.blob()
    },
    [address, theme],
  )
  const [shown, setShown] = useState<string>()
  useEffect(() => {
    if (!picture.value) return
    const url = URL.createObjectURL(picture.value)
    setShown(url)
    return () => URL.revokeObjectURL(url)
  }, [picture.value])
  if (picture.error) return null
  return (
    <figure class="card">
      {shown ? (
        <Scroll picture label={name}>
          <img class="plot" src={shown} alt={texts.plotOf(name)} />
        </Scroll>
      ) : (
        <p class="quiet waiting">{name}</p>
      )}
      <figcaption class="row apart quiet fine">
        {name}
        {picture.value && (
          <button
            type="button"
            class="button small"
            aria-label={curves.savesOf(curves.savePicture, name)}
            onClick={() => picture.value && saveBlob(picture.value, file)}
          >
            {curves.savePicture}
          </button>
        )}
      </figcaption>
    </figure>
  )
}

/** Returns the theme of the page, and follows its changes. */
function useTheme(): 'light' | 'dark' {
  const [dark, setDark] = useState(DARK.matches)
  useEffect(() => {
    const change = () => setDark(DARK.matches)
    DARK.addEventListener('change', change)
    return () => DARK.removeEventListener('change', change)
  }, [])
  return dark ? 'dark' : 'light'
}
