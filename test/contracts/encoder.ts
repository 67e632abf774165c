import { describe, expect, it } from 'vitest'
import type { InputCell } from '../../src/models/encoders/column-encoder.ts'
import type { Cell, TableDescription } from '../../src/recipe/table.ts'

/** The parts of the source tree that the contract asks: of this tree, or of a copy with one more encoder. */
export interface EncoderModules {
  readonly recipe: typeof import('../../src/recipe/index.ts')
  readonly rows: typeof import('../../src/models/encoders/row-encoder.ts')
  readonly kinds: typeof import('../../src/models/encoders/kinds.ts')
  readonly sparse: typeof import('../../src/models/encoders/sparse-row.ts')
  readonly words: typeof import('../../src/models/encoders/words/word-texts.ts')
  readonly files: typeof import('../../src/models/files/files.ts')
  readonly steps: typeof import('../../src/runtime/steps.ts')
  readonly network: typeof import('../../src/models/network/network.ts')
}

/** Imports these modules from a source tree. @param src URL of its folder `src/` */
export async function encoderModules(src: URL): Promise<EncoderModules> {
  const load = (path: string) => import(new URL(path, src).href)
  return {
    recipe: await load('recipe/index.ts'),
    rows: await load('models/encoders/row-encoder.ts'),
    kinds: await load('models/encoders/kinds.ts'),
    sparse: await load('models/encoders/sparse-row.ts'),
    words: await load('models/encoders/words/word-texts.ts'),
    files: await load('models/files/files.ts'),
    steps: await load('runtime/steps.ts'),
    network: await load('models/network/network.ts'),
  }
}

const ROWS = 600
/** Enough words to make their vocabulary a long text, which is read in steps. */
const WORDS_PER_TEXT = 16

/** Training texts with rare words, a gap, and texts that look like what JavaScript or JSON take for something else. */
const TRAINING: readonly (string | null)[] = [
  ...Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: WORDS_PER_TEXT }, (_, at) =>
      at % 3 === 0 ? ['good', 'bad', 'so'][row % 3] : `longword${row}x${at}`,
    ).join(' '),
  ),
  'constructor __proto__ toString',
  'quote " backslash \\ <b>tag</b> &amp; it’s',
  '',
  null,
]
const HELD_OUT = ['onlyheldout good', 'neverseen', null]
const LABELS = TRAINING.map((_, row) => row % 2)

/**
 * The contract of every text encoder of a recipe.
 * @param type its name in a recipe
 * @param open gives the modules of the source tree in which it is registered
 */
export function encoderContract(type: string, open: () => Promise<EncoderModules>): void {
  const table = (rows: number, meanLength: number): TableDescription => ({
    rows,
    columns: [
      { name: 'text', type: 'text', missing: 1, meanLength },
      { name: 'other', type: 'number', missing: 0, distinct: 3, min: 0, max: 2 },
      { name: 'label', type: 'category', missing: 0, classes: { no: rows / 2, yes: rows / 2 } },
    ],
  })
  const complete = ({ recipe }: EncoderModules, changes: object = {}, of = table(ROWS, 80)) => {
    const input = recipe.RecipeInput.parse({ inputs: ['text'], encoder: type, ...changes })
    const completion = recipe.completeRecipe(input, of)
    if (!completion.recipe) throw new Error(JSON.stringify(completion.problems))
    return completion.recipe
  }
  const learn = (modules: EncoderModules, texts: Iterable<InputCell>, changes: object = {}) => {
    const fitter = modules.rows.inputFitter(complete(modules, changes), () => 'text')
    for (const text of texts) fitter.add(() => text)
    return fitter.finish()
  }
  type Encoder = ReturnType<EncoderModules['rows']['rowEncoder']>
  const encode = ({ sparse }: EncoderModules, encoder: Encoder, text: InputCell) => {
    const row = new sparse.SparseRow()
    encoder.encode(() => text, row)
    return {
      indices: [...row.indices.subarray(0, row.length)],
      values: [...row.values.subarray(0, row.length)],
    }
  }

  describe(`${type}: the contract of text encoders`, () => {
    it('makes a complete recipe of its name alone, which stays the same when it is sent back', async () => {
      const modules = await open()
      const recipe = complete(modules)
      expect(recipe.encoder?.type).toBe(type)
      expect(modules.recipe.CompleteRecipe.parse(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe)
      const again = modules.recipe.RecipeInput.parse(recipe)
      expect(modules.recipe.completeRecipe(again, table(ROWS, 80)).recipe).toEqual(recipe)
    })

    it('refuses an option that it does not have, and says where', async () => {
      const { recipe } = await open()
      const input = { encoder: { type, noSuchOption: 1 } }
      const parsed = recipe.RecipeInput.safeParse(input)
      if (parsed.success) throw new Error('the option was taken')
      const problems = recipe.problemsOf(parsed.error, recipe.RecipeInput, input, '/recipe')
      expect(problems.map(({ path }) => path)).toEqual(['/recipe/encoder/noSuchOption'])
    })

    it.each([
      [1, 0],
      [1_000, 20],
      [50_000, 1_300],
      [10_000_000, 100_000],
    ])('gives finite estimates for %i rows of %i characters', async (rows, meanLength) => {
      const modules = await open()
      const described = table(Math.max(4, rows), meanLength)
      const estimate = modules.recipe.estimateCost(complete(modules, {}, described), described)
      for (const figure of Object.values(estimate)) expect(figure).toSatisfy(Number.isFinite)
      expect(Math.min(...Object.values(estimate))).toBeGreaterThan(0)
    })

    it('gives the network no more inputs than were estimated', async () => {
      const modules = await open()
      const { numbers, sequences } = modules.rows.rowEncoder(learn(modules, TRAINING)).inputs
      const fronts = sequences.reduce((sum, each) => sum + modules.network.frontWidth(each), 0)
      const { inputs } = modules.recipe.estimateCost(complete(modules), table(ROWS, 80))
      expect(numbers + fronts).toBeGreaterThan(0)
      // One more input may say that the text is missing.
      expect(numbers + fronts).toBeLessThanOrEqual(inputs + 1)
    })

    it('learns from the training rows alone, whatever it encodes later', async () => {
      const modules = await open()
      const states = learn(modules, TRAINING)
      const kept = JSON.stringify(states)
      const encoder = modules.rows.rowEncoder(states)
      const before = TRAINING.map((text) => encode(modules, encoder, text))
      for (const text of HELD_OUT) encode(modules, encoder, text)
      expect(JSON.stringify(states)).toBe(kept)
      expect(kept).not.toContain('onlyheldout')
      expect(TRAINING.map((text) => encode(modules, encoder, text))).toEqual(before)
      expect(encode(modules, encoder, 'onlyheldout')).toEqual(encode(modules, encoder, 'neverseen'))
    })

    it('learns the same from the same rows', async () => {
      const modules = await open()
      expect(learn(modules, TRAINING)).toEqual(learn(modules, TRAINING))
    })

    it('gives finite numbers at different positions within its width', async () => {
      const modules = await open()
      const encoder = modules.rows.rowEncoder(learn(modules, TRAINING))
      expect(encoder.memoryBytes).toBeGreaterThan(0)
      for (const text of [...TRAINING, ...HELD_OUT, 'good '.repeat(5_000)]) {
        const { indices, values } = encode(modules, encoder, text)
        expect(values.every(Number.isFinite)).toBe(true)
        expect(new Set(indices).size).toBe(indices.length)
        expect(indices.every((at) => at < encoder.width)).toBe(true)
      }
    })

    it('gives the same numbers once it is saved and loaded, in steps too', async () => {
      const modules = await open()
      const inputs = learn(modules, TRAINING)
      const target = { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 }
      const bytes = Buffer.from(JSON.stringify({ format: 1, inputs, target }))
      const { file, texts } = modules.steps.atOnce(modules.files.encoderFileSteps(bytes))
      // A long vocabulary stays in bytes; if this is empty, `longKeys` lacks the key.
      expect(texts.size).toBeGreaterThan(0)
      const tables = modules.steps.atOnce(modules.rows.inputTables(file.inputs, texts))
      const fitted = modules.rows.rowEncoder(inputs)
      const inSteps = modules.rows.rowEncoder(file.inputs, structuredClone(tables))
      const atOnce = modules.rows.rowEncoder(modules.files.readEncoderFile(bytes).inputs)
      expect(inSteps.inputs).toEqual(fitted.inputs)
      for (const text of [...TRAINING, ...HELD_OUT]) {
        const expected = encode(modules, fitted, text)
        expect(encode(modules, inSteps, text)).toEqual(expected)
        expect(encode(modules, atOnce, text)).toEqual(expected)
      }
    })

    it('refuses tables of another kind of column', async () => {
      const { rows, ...modules } = await open()
      expect(() => rows.rowEncoder(learn({ rows, ...modules }, TRAINING), [null])).toThrow(RangeError)
    })

    it('learns and gives the same from texts that were cut into words, where it reads words only', async () => {
      const modules = await open()
      const { encoder } = complete(modules)
      const scan = encoder && modules.kinds.kindOfText(encoder).wordScan(encoder)
      if (!scan) return
      const texts = new modules.words.WordTexts(scan)
      for (const text of TRAINING) texts.add(text)
      const read = texts.reader()
      const cells = function* (): Generator<InputCell> {
        for (const [row, text] of TRAINING.entries()) yield text === null ? null : read(row)
      }
      const fromWords = learn(modules, cells())
      expect(fromWords).toEqual(learn(modules, TRAINING))
      const plain = modules.rows.rowEncoder(fromWords)
      const cut = modules.rows.rowEncoder(fromWords)
      for (const [row, text] of TRAINING.entries())
        expect(encode(modules, cut, text === null ? null : read(row))).toEqual(encode(modules, plain, text))
    })

    it('takes texts and gaps, and names the fault of anything else', async () => {
      const modules = await open()
      const faultOf = (changes: object, value: unknown) =>
        modules.rows.rowEncoder(learn(modules, TRAINING, changes)).columns[0]?.encoder.fault(value)
      for (const value of ['a text', '', null] satisfies Cell[]) expect(faultOf({}, value)).toBeUndefined()
      for (const value of [5, true, undefined, {}, ['a text']])
        expect(faultOf({}, value)).toContain('Expected')
    })

    it('refuses a gap where the recipe does', async () => {
      const modules = await open()
      const recipe = { ...complete(modules), missing: 'refuse' as const }
      const fitter = modules.rows.inputFitter(recipe, () => 'text')
      fitter.add(() => 'a text')
      const [column] = modules.rows.rowEncoder(fitter.finish()).columns
      expect(column?.encoder.fault(null)).toContain('refuse')
      expect(column?.encoder.fault('a text')).toBeUndefined()
    })

    it('scales encoded rows by their labels as it scales later ones, where it learns from labels', async () => {
      const modules = await open()
      const states = learn(modules, TRAINING)
      const encoder = modules.rows.rowEncoder(states)
      const builder = new modules.sparse.SparseRowsBuilder(encoder.width, TRAINING.length)
      for (const text of TRAINING) {
        const row = new modules.sparse.SparseRow()
        encoder.encode(() => text, row)
        builder.add(row)
      }
      const rows = builder.build()
      const weighed = modules.rows.rowEncoder(modules.rows.weighByLabels(states, rows, LABELS, 2))
      for (const [row, text] of TRAINING.entries()) {
        const start = rows.offsets[row]
        const end = rows.offsets[row + 1]
        const { indices, values } = encode(modules, weighed, text)
        expect(indices).toEqual([...rows.indices.subarray(start, end)])
        expect(values).toEqual([...rows.values.subarray(start, end)])
      }
    })
  })
}
