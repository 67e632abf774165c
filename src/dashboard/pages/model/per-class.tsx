import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useMetricText } from '../../parts/metric.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

type Classes = NonNullable<Schemas['Evaluation']['perClass']>
const METRICS = ['precision', 'recall', 'f1'] as const

/** Precision, recall and F1 of each class. */
export function PerClass({ perClass }: { perClass: Classes }) {
  const { model: texts } = useTexts()
  const { number, percent } = useFormat()
  const text = useMetricText()
  return (
    <section class="card stack" aria-labelledby="per-class">
      <h3 id="per-class">{texts.perClass}</h3>
      <Scroll label={texts.perClass} tall>
        <table>
          <thead>
            <tr>
              <th>{texts.class}</th>
              {METRICS.map((metric) => (
                <th class="number" title={text(metric).about} key={metric}>
                  {text(metric).name}
                </th>
              ))}
              <th class="number" title={texts.aboutSupport}>
                {texts.rows}
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(perClass).map(([name, figures]) => (
              <tr key={name}>
                <td>{name}</td>
                {METRICS.map((metric) => (
                  <td class="number" key={metric}>
                    {percent(figures[metric])}
                  </td>
                ))}
                <td class="number">{number(figures.support)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}
