import type { ComponentChildren } from 'preact'
import { useFormat } from '../../parts/format.ts'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** Classes up to which the matrix has room. */
export const MAX_MATRIX = 12

interface Props {
  classes: readonly string[]
  /** Rows by true class, then by answered class. */
  matrix: readonly (readonly number[])[]
  /** Shows the rows of a cell. Absent: the user may not see them. */
  onCell?: ((actual: string, predicted: string) => void) | undefined
  /** What is shown below the matrix. */
  children?: ComponentChildren
}

/** Which classes are taken for which: the more rows of a class, the stronger the colour of the cell. */
export function ConfusionMatrix({ classes, matrix, onCell, children }: Props) {
  const { model: texts } = useTexts()
  return (
    <section class="card stack" aria-labelledby="confusion">
      <h3 id="confusion">{texts.confusion}</h3>
      <p class="quiet fine">
        {texts.confusionHint} {onCell && texts.confusionPress}
      </p>
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
                    <Cell
                      key={classes[answered]}
                      truth={classes[truth] ?? ''}
                      answered={classes[answered] ?? ''}
                      count={count}
                      share={count / Math.max(1, total)}
                      onCell={onCell}
                    />
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scroll>
      {children}
    </section>
  )
}

interface CellProps extends Pick<Props, 'onCell'> {
  truth: string
  answered: string
  count: number
  /** Of the rows of the class. */
  share: number
}

function Cell({ truth, answered, count, share, onCell }: CellProps) {
  const { model: texts } = useTexts()
  const { number, percent } = useFormat()
  const about = texts.cell(number(count), percent(share), truth)
  return (
    <td
      class={answered === truth ? 'number right' : 'number wrong'}
      style={{ '--share': String(share) }}
      title={about}
    >
      {onCell && count > 0 ? (
        <button
          type="button"
          class="plain"
          aria-label={texts.cellRows(number(count), truth, answered)}
          onClick={() => onCell(truth, answered)}
        >
          {number(count)}
        </button>
      ) : (
        number(count)
      )}
    </td>
  )
}
