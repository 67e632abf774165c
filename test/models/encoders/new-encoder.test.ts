import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { encoderContract, encoderModules } from '../../contracts/encoder.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

/*
 * Follows the list "A text encoder" of CONTRIBUTING.md in a copy of the source tree: it adds an encoder that notes
 * which of the first words that it met occur, and holds it against the contract.
 */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const RECIPE_FILE = `
import { z } from 'zod'
import type { EncoderKind } from './kind.ts'

export const FirstWordsEncoder = z.strictObject({
  type: z.literal('firstWords'),
  numWords: z.int().min(1).max(100_000),
})
export type FirstWordsEncoder = z.output<typeof FirstWordsEncoder>

export const firstWords: EncoderKind<FirstWordsEncoder> = {
  defaults: { numWords: 8_000 },
  needsTensorFlow: false,
  check() {},
  inputs: ({ numWords }) => numWords,
  filledInputs: (_, meanLength) => meanLength / 6,
  laidOut: () => null,
  embeddingParameters: () => 0,
  likelyTerms: ({ numWords }) => numWords,
  nsPerCharacter: () => 100,
  bytes: (_, characters) => characters,
}
`

const MODELS_FILE = `
import { z } from 'zod'
import { type InputCell, isText } from './column-encoder.ts'
import { linesOf } from './long-texts.ts'
import { type TextKind, textFault } from './text.ts'

export const FirstWordsState = z.object({
  kind: z.literal('firstWords'),
  refuseGaps: z.boolean(),
  words: z.string(),
})
type FirstWordsState = z.infer<typeof FirstWordsState>

export interface FirstWordsTables {
  readonly kind: 'firstWords'
  readonly words: readonly string[]
}

const wordsOf = (value: InputCell) => (isText(value) ? String(value).split(' ') : [])

export const firstWords: TextKind<{ numWords: number }, FirstWordsState, FirstWordsTables> = {
  longKeys: ['words'],
  fitter({ numWords }, refuseGaps) {
    const words = new Set<string>()
    return {
      add(value) {
        for (const word of wordsOf(value)) if (words.size < numWords) words.add(word)
      },
      finish: () => ({ kind: 'firstWords', refuseGaps, words: [...words].join('\\n') }),
    }
  },
  wordScan: () => null,
  learnsLabels: () => false,
  *readTables(state, texts) {
    const words: string[] = []
    for (const lines of linesOf(state.words, texts)) {
      words.push(...lines.split('\\n'))
      yield
    }
    return { kind: 'firstWords', words }
  },
  encoder(state, { words }) {
    const positions = new Map(words.map((word, position) => [word, position]))
    return {
      width: words.length,
      memoryBytes: words.length * 100,
      fault: (value) => textFault(value, state.refuseGaps),
      encode(value, base, into) {
        for (const word of new Set(wordsOf(value))) {
          const position = positions.get(word)
          if (position !== undefined) into.add(base + position, 1)
        }
      },
    }
  },
}
`

/** A change of a list: what stands there, and what takes its place. */
type Change = readonly [file: string, from: string, to: string]

const RECIPE_LIST = 'src/recipe/encoders/index.ts'
const MODELS_LIST = 'src/models/encoders/kinds.ts'
/** The additions that the compiler has to know first. */
const SCHEMAS: readonly Change[] = [
  [
    RECIPE_LIST,
    'import type { EncoderKind }',
    "import { FirstWordsEncoder, firstWords } from './first-words.ts'\nimport type { EncoderKind }",
  ],
  [RECIPE_LIST, '[BagEncoder, SequenceEncoder]', '[BagEncoder, SequenceEncoder, FirstWordsEncoder]'],
  [
    MODELS_LIST,
    'import { NumberState',
    "import { FirstWordsState, type FirstWordsTables, firstWords } from './first-words.ts'\nimport { NumberState",
  ],
  [MODELS_LIST, '  SequenceState,\n', '  SequenceState,\n  FirstWordsState,\n'],
]
/** The additions that it then names as missing. */
const LISTS: readonly Change[] = [
  [RECIPE_LIST, '  sequence,\n}', '  sequence,\n  firstWords,\n}'],
  [RECIPE_LIST, 'sequence: [] }', 'sequence: [], firstWords: [] }'],
  [
    RECIPE_LIST,
    '[BagEncoderInput, SequenceEncoderInput]',
    '[BagEncoderInput, SequenceEncoderInput, FirstWordsEncoder.partial().required({ type: true })]',
  ],
  [MODELS_LIST, 'BagTables | SequenceTables', 'BagTables | SequenceTables | FirstWordsTables'],
  [MODELS_LIST, '  sequence,\n  number,', '  sequence,\n  firstWords,\n  number,'],
  [MODELS_LIST, '  sequence,\n} satisfies', '  sequence,\n  firstWords,\n} satisfies'],
]

let folder: string

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true })
  await writeFile(join(folder, file), text)
}

async function apply(changes: readonly Change[]): Promise<void> {
  for (const [file, from, to] of changes) {
    const text = await readFile(join(folder, file), 'utf8')
    expect(text.split(from), `${file} has ${from} once`).toHaveLength(2)
    await write(file, text.replace(from, to))
  }
}

/** Returns the lines of the compiler's faults in the copy. */
async function faults(): Promise<string[]> {
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    await promisify(execFile)(
      process.execPath,
      [tsc, '-p', 'tsconfig.json', '--noEmit', '--pretty', 'false'],
      {
        cwd: folder,
      },
    )
    return []
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string }
    const lines = stdout.split('\n').filter((line) => line.startsWith('src/'))
    if (lines.length === 0) throw error
    return lines
  }
}

beforeAll(async () => {
  folder = await temporaryFolder('encoder')
  const shared = (await readdir(join(ROOT, 'src'))).filter(
    (name) => name.endsWith('.ts') && name !== 'compose.ts',
  )
  const parts = ['recipe', 'models', 'runtime', ...shared].map((name) => `src/${name}`)
  for (const part of [...parts, 'package.json'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true })
  for (const part of ['node_modules', 'dist']) await symlink(join(ROOT, part), join(folder, part))
  const { compilerOptions } = JSON.parse(await readFile(join(ROOT, 'tsconfig.json'), 'utf8'))
  const options = { ...compilerOptions, incremental: false, tsBuildInfoFile: null, noUnusedLocals: false }
  await write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: options, include: ['src/recipe', 'src/models'] }),
  )
  await write('src/recipe/encoders/first-words.ts', RECIPE_FILE)
  await write('src/models/encoders/first-words.ts', MODELS_FILE)
})

describe('a new text encoder', () => {
  it('is missed by the compiler in each list, once its schemas are known', async () => {
    await apply(SCHEMAS)
    const places = (await faults()).map((line) => line.slice(0, line.indexOf('(')))
    expect(new Set(places)).toEqual(new Set([RECIPE_LIST, MODELS_LIST]))
  })

  it('satisfies the compiler with six places in two lists', async () => {
    await apply(LISTS)
    expect(await faults()).toEqual([])
  })
})

encoderContract('firstWords', () => encoderModules(pathToFileURL(join(folder, 'src/'))))
