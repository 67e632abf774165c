import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { ConfusionMatrix, MAX_MATRIX } from './confusion-matrix.tsx'
import { RowsBehind } from './rows-behind.tsx'

/** Mistakes that are listed of a model with more classes. */
const MAX_MISTAKES = 20

interface Props {
  model: string
  version: number
  evaluation: Schemas['Evaluation']
}

/** Which classes are taken for which, as a matrix or as a list of the most frequent mistakes, with the rows behind each. */
export function Confusion({ model, version, evaluation }: Props) {
  const { model: texts } = useTexts()
  const { may } = useSession()
  const [cell, setCell] = useState<{ actual: string; predicted: string }>()
  const { classes = [], confusionMatrix = [] } = evaluation
  const onCell = may('train')
    ? (actual: string, predicted: string) => setCell({ actual, predicted })
    : undefined
  const rows = cell && (
    <RowsBehind
      model={model}
      version={version}
      question={{ kind: 'cell', ...cell }}
      title={texts.cellTitle(cell.actual, cell.predicted)}
    />
  )
  if (classes.length > MAX_MATRIX) {
    return (
      <Mistakes evaluation={evaluation} onCell={onCell}>
        {rows}
      </Mistakes>
    )
  }
  return (
    <ConfusionMatrix classes={classes} matrix={confusionMatrix} onCell={onCell}>
      {rows}
    </ConfusionMatrix>
  )
}

interface MistakesProps {
  evaluation: Schemas['Evaluation']
  onCell: ((actual: string, predicted: string) => void) | undefined
  children: ComponentChildren
}

/** The most frequent mistakes of a model with many classes. */
function Mistakes({ evaluation: { confusions = [] }, onCell, children }: MistakesProps) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  return (
    <section class="card stack" aria-labelledby="confusions">
      <h3 id="confusions">{texts.mistakes}</h3>
      <table>
        <thead>
          <tr>
            <th>{texts.truth}</th>
            <th>{texts.answered}</th>
            <th class="number">{texts.rows}</th>
          </tr>
        </thead>
        <tbody>
          {confusions.slice(0, MAX_MISTAKES).map(({ truth, answered, rows }) => (
            <tr key={`${truth} ${answered}`}>
              <td>{truth}</td>
              <td>{answered}</td>
              <td class="number">
                {onCell ? (
                  <button
                    type="button"
                    class="plain"
                    aria-label={texts.cellRows(number(rows), truth, answered)}
                    onClick={() => onCell(truth, answered)}
                  >
                    {number(rows)}
                  </button>
                ) : (
                  number(rows)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {children}
    </section>
  )
}
