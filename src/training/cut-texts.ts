import { quoted } from '../errors.ts'
import { wordCounter } from '../models/encoders/sequence.ts'
import { counted } from '../numbers.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import type { Warning } from '../warnings.ts'
import { inputOf, typeOf } from './data/examples.ts'
import type { TrainingTable } from './data/tables.ts'

/** Share of the texts that may be cut without a warning. */
const FEW = 0.01

/**
 * Names text columns of which a sequence encoder cuts more than 1% of the texts, with their number, the share and the end
 * at which words are lost.
 * @param rows the rows that are trained on
 */
export function cutTextsWarnings(recipe: CompleteRecipe, table: TrainingTable, rows: Uint32Array): Warning[] {
  const { encoder, inputs } = recipe
  if (encoder?.type !== 'sequence') return []
  const { maxLength, truncating } = encoder
  const wordsOf = wordCounter(encoder)
  return inputs
    .filter((name) => typeOf(table, name) === 'text')
    .flatMap((name): Warning[] => {
      const textOf = inputOf(table, name)
      let cut = 0
      let longest = 0
      for (const row of rows) {
        const words = wordsOf(textOf(row))
        if (words > maxLength) cut += 1
        longest = Math.max(longest, words)
      }
      if (cut <= rows.length * FEW) return []
      const share = Math.round((100 * cut) / rows.length)
      const [lost, kept, other] =
        truncating === 'pre' ? ['beginning', 'last', 'post'] : ['end', 'first', 'pre']
      return [
        {
          code: 'cut-texts',
          column: name,
          count: cut,
          message: `${cut} of ${counted(rows.length, 'text')} of ${quoted(name)} (${share}%) ${cut === 1 ? 'is' : 'are'} cut at ${cut === 1 ? 'its' : 'their'} ${lost}: only the ${kept} ${maxLength === 1 ? 'word is' : `${maxLength} words are`} read, and the longest text has ${longest}. Set the encoder's maxLength to a larger number, or its truncating to "${other}" to cut the other end.`,
        },
      ]
    })
}
