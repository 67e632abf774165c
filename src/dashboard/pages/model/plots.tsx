import { useEffect, useState } from 'preact/hooks'
import { goodResponse, type Schemas, SERVICE, send } from '../../api/client.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

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
        />
      ))}
    </section>
  )
}

type PlotName = 'roc' | 'pr' | 'reliability' | 'residuals' | 'labels' | 'kfold'

/** Returns the names of the plots that there are data for. */
function plotsOf({ roc, precisionRecall, reliability, residuals, folds }: Evaluation): PlotName[] {
  const has: [PlotName, boolean][] = [
    ['roc', roc !== undefined],
    ['pr', precisionRecall !== undefined],
    ['reliability', reliability !== undefined],
    ['residuals', residuals !== undefined],
    ['kfold', folds !== undefined && folds.length > 1],
  ]
  return has.filter(([, is]) => is).map(([name]) => name)
}

/** A picture in the colours of the theme. It is fetched, so that a key can be sent for it. */
function Plot({ address, name }: { address: string; name: string }) {
  const { model: texts } = useTexts()
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
        <img class="plot" src={shown} alt={texts.plotOf(name)} />
      ) : (
        <p class="quiet waiting">{name}</p>
      )}
      <figcaption class="quiet fine">{name}</figcaption>
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
