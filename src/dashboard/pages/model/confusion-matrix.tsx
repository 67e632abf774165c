import { useFormat } from '../../parts/format.ts'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

interface Props {
  classes: readonly string[]
  /** Rows by true class, then by answered class. */
  matrix: readonly (readonly number[])[]
}

/** Which classes are taken for which: the more rows of a class, the stronger the colour of the cell. */
export function ConfusionMatrix({ classes, matrix }: Props) {
  const { model: texts } = useTexts()
  const { number, percent } = useFormat()
  return (
    <section class="card stack" aria-labelledby="confusion">
      <h3 id="confusion">{texts.confusion}</h3>
      <p class="quiet fine">{texts.confusionHint}</p>
      <Scroll label={texts.confusion}>
        <table class="matrix">
          <thead>
            <tr>
              <td>
                <span class="quiet fine">
                  {texts.truth} ↓ · {texts.answered} →
                </span>
              </td>
              {classes.map((name) => (
                <th scope="col" class="number" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.map((cells, truth) => {
              const total = cells.reduce((sum, count) => sum + count, 0)
              return (
                <tr key={classes[truth]}>
                  <th scope="row">{classes[truth]}</th>
                  {cells.map((count, answered) => (
                    <td
                      class={answered === truth ? 'number right' : 'number wrong'}
                      style={{ '--share': String(count / Math.max(1, total)) }}
                      title={texts.cell(
                        number(count),
                        percent(count / Math.max(1, total)),
                        classes[truth] ?? '',
                      )}
                      key={classes[answered]}
                    >
                      {number(count)}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}
