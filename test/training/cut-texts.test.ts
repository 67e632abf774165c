import { expect, it } from 'vitest'
import { WordTexts } from '../../src/models/encoders/words/word-texts.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { cutTextsWarnings } from '../../src/training/cut-texts.ts'
import type { TrainingTable } from '../../src/training/data/tables.ts'

const ROWS = 40
const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ')
/** 10 texts of 9 words, 29 of 3, and a gap. */
const texts = Array.from({ length: ROWS }, (_, row) => (row === 1 ? null : words(row < 11 ? 9 : 3)))
const rows = Uint32Array.from(texts, (_, row) => row)

function warned(encoder: object, table: TrainingTable) {
  const { recipe } = completeRecipe(RecipeInput.parse({ encoder }), {
    rows: ROWS,
    columns: [
      { name: 'text', type: 'text', missing: 0, meanLength: 20 },
      { name: 'label', type: 'category', missing: 0, classes: { a: 20, b: 20 } },
    ],
  })
  if (!recipe) throw new Error('no recipe')
  return cutTextsWarnings(recipe, table, rows)
}

it('texts that a sequence cuts are counted, with the end at which words are lost', () => {
  const plain: TrainingTable = {
    rows: ROWS,
    columns: new Map([['text', { type: 'text' as const, values: texts }]]),
  }
  const cutBefore = new WordTexts({ lowercase: true, stripHtml: true, unicode: 'nfc' })
  for (const text of texts) cutBefore.add(text)
  const asWords: TrainingTable = { rows: ROWS, columns: new Map(), words: new Map([['text', cutBefore]]) }
  for (const table of [plain, asWords]) {
    expect(warned({ type: 'sequence', maxLength: 8 }, table)).toEqual([
      {
        code: 'cut-texts',
        column: 'text',
        count: 10,
        message: expect.stringMatching(
          /^10 of 40 texts of "text" \(25%\) are cut at their beginning.*last 8.* has 9\./,
        ),
      },
    ])
    expect(warned({ type: 'sequence', maxLength: 8, truncating: 'post' }, table)[0]?.message).toMatch(
      /cut at their end: only the first 8 words/,
    )
    expect(warned({ type: 'sequence', maxLength: 9 }, table)).toEqual([])
    expect(warned({ type: 'multiHot' }, table)).toEqual([])
  }
})
