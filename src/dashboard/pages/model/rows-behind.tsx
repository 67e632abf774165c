import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

type AnsweredRow = Schemas['AnsweredRow']

/** Columns of a row that are shown. */
const MAX_COLUMNS = 12
/** Characters of a value that are shown. */
const MAX_TEXT = 300

/** Which rows of a version are asked for. */
export type RowsQuestion =
  | { kind: 'worst' | 'uncertain' | 'mislabelled' }
  | { kind: 'cell' | 'near'; actual: string; predicted: string }

interface Props {
  model: string
  version: number
  question: RowsQuestion
  /** What the rows are, for a heading. */
  title: string
}

/** Rows that a version held out, with the answers of networks that have not seen them. */
export function RowsBehind({ model, version, question, title }: Props) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  const path = { name: model, version: String(version) }
  return (
    <Paged
      key={JSON.stringify([path, question])}
      limit={10}
      load={async (query, signal) => {
        const answer = await answerOf(
          api.GET('/models/{name}/versions/{version}/rows', {
            params: { path, query: { ...query, ...question } },
            signal,
          }),
        )
        if (typeof answer === 'string') throw new Error('The service answered a file, not a page.')
        return answer
      }}
    >
      {(items, page) => (
        <>
          <p class="quiet fine" role="status">
            {title} · {texts.rowCount(number(page.total))}
            {page.likely !== undefined && ` · ${texts.likelyErrors(number(page.likely))}`}
          </p>
          {items.length > 0 && <RowTable title={title} items={items} />}
        </>
      )}
    </Paged>
  )
}

function RowTable({ title, items }: { title: string; items: readonly AnsweredRow[] }) {
  const { model: texts } = useTexts()
  const { number, percent } = useFormat()
  const hasConfidence = items.some(({ confidence }) => confidence !== undefined)
  return (
    <Scroll label={title}>
      <table class="preview">
        <thead>
          <tr>
            <th class="number" title={texts.aboutRowNumber}>
              {texts.row}
            </th>
            <th>{texts.truth}</th>
            <th>{texts.answered}</th>
            {hasConfidence && (
              <th class="number" title={texts.aboutSure}>
                {texts.sure}
              </th>
            )}
            <th>{texts.values}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.row}>
              <td class="number">{number(item.row)}</td>
              <td>
                <AnswerText answer={item.actual} />
                {item.likely && (
                  <span class="tag warn" title={texts.aboutDoubted}>
                    {texts.doubted}
                  </span>
                )}
              </td>
              <td>
                <AnswerText answer={item.predicted} />
              </td>
              {hasConfidence && (
                <td class="number">{item.confidence === undefined ? '–' : percent(item.confidence)}</td>
              )}
              <td class="values">{valuesText(item.features)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** A label, a number, several labels, or a number for each target. */
function AnswerText({ answer }: { answer: AnsweredRow['actual'] }) {
  const { number } = useFormat()
  if (typeof answer === 'number') return <>{number(answer)}</>
  if (typeof answer === 'string') return <>{answer} </>
  if (Array.isArray(answer)) return <>{answer.join(', ') || '–'}</>
  const targets = Object.entries(answer).map(([name, value]) => `${name}: ${number(value)}`)
  return <>{targets.join(' · ')}</>
}

/** Writes the values of a row: a text as it is, several columns each with its name. */
function valuesText(features: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(features)
  const [only] = entries
  if (only && entries.length === 1) return valueText(only[1])
  const shown = entries.slice(0, MAX_COLUMNS).map(([name, value]) => `${name} ${valueText(value)}`)
  return `${shown.join(' · ')}${entries.length > MAX_COLUMNS ? ' …' : ''}`
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–'
  const text = String(value)
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} …` : text
}
