import { useMemo } from 'preact/hooks'
import type { VersionFacts } from '../../api/version-facts.ts'
import { historyOf } from '../../api/version-results.ts'
import type { Curve } from '../../parts/curve.ts'
import { Curves } from '../../parts/curves.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useDifferenceFormat, useMetricFormat, useMetricText } from '../../parts/metric.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

interface Props {
  model: string
  /** Two to four versions. */
  versions: readonly VersionFacts[]
}

/** Versions side by side: metrics with their differences, curves in one chart, and what differs in the recipes. */
export function Comparison({ model, versions }: Props) {
  const { model: texts, start } = useTexts()
  return (
    <section class="card stack" aria-labelledby="comparison">
      <h2 id="comparison">{texts.compare(versions.length)}</h2>
      <Scroll label={texts.compare(versions.length)}>
        <table class="compared">
          <thead>
            <tr>
              <td />
              {versions.map(({ version }) => (
                <th class="number" scope="col" key={version}>
                  {start.version(version)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <MetricRows versions={versions} />
            <RecipeRows versions={versions} />
          </tbody>
        </table>
      </Scroll>
      <LossCurves model={model} versions={versions} />
    </section>
  )
}

/** Metrics, each with its difference to that of the first version. */
function MetricRows({ versions }: { versions: readonly VersionFacts[] }) {
  const write = useMetricFormat()
  const writeDifference = useDifferenceFormat()
  const text = useMetricText()
  const names = [...new Set(versions.flatMap(({ metrics }) => Object.keys(metrics)))]
  return (
    <>
      {names.map((name) => {
        const first = versions[0]?.metrics[name]
        return (
          <tr key={name}>
            <th scope="row" title={text(name).about}>
              {text(name).name}
            </th>
            {versions.map(({ version, metrics }, i) => {
              const value = metrics[name]
              const difference =
                i > 0 && typeof value === 'number' && typeof first === 'number' ? value - first : undefined
              return (
                <td class="number" key={version}>
                  {write(name, value)}
                  {difference !== undefined && (
                    <div class="quiet fine">{writeDifference(name, difference)}</div>
                  )}
                </td>
              )
            })}
          </tr>
        )
      })}
    </>
  )
}

/** The fields in which the recipes differ. */
function RecipeRows({ versions }: { versions: readonly VersionFacts[] }) {
  const fields = [...new Set(versions.flatMap(({ recipe }) => Object.keys(recipe)))].filter(
    (field) => new Set(versions.map(({ recipe }) => JSON.stringify(recipe[field]))).size > 1,
  )
  return (
    <>
      {fields.map((field) => (
        <tr key={field}>
          <th scope="row">
            <code>{field}</code>
          </th>
          {versions.map(({ version, recipe }) => (
            <td key={version}>
              <code>{JSON.stringify(recipe[field])}</code>
            </td>
          ))}
        </tr>
      ))}
    </>
  )
}

const COLORS = [1, 2, 3, 4] as const

function LossCurves({ model, versions }: Props) {
  const { model: texts, start, curves: curveTexts } = useTexts()
  const histories = useLoad(
    (signal) => Promise.all(versions.map(({ version }) => historyOf(model, version, signal))),
    [model, versions.map(({ version }) => version)],
  )
  const chart = useMemo(() => {
    const found = histories.value ?? []
    const longest = Math.max(0, ...found.map(({ epochs }) => epochs.length))
    const x = Array.from({ length: longest }, (_, i) => i + 1)
    const curves = found.map((history, i): Curve => {
      const values: unknown = history['valLoss'] ?? history['loss']
      const known: readonly unknown[] = Array.isArray(values) ? values : []
      return {
        name: start.version(versions[i]?.version ?? 0),
        values: x.map((_, at) => numberOrNull(known[at])),
        color: COLORS[i] ?? 1,
      }
    })
    return { x, curves }
  }, [histories.value])
  return (
    <Loading of={histories}>
      {() => (
        <Curves title={texts.validationLoss} xName={curveTexts.epoch} x={chart.x} curves={chart.curves} />
      )}
    </Loading>
  )
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
