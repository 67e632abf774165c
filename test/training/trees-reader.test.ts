import { spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Prediction } from '../../src/models/prediction.ts'
import type { Row } from '../../src/recipe/table.ts'
import { congruential } from '../helpers/congruential.ts'
import { csvTraining } from '../helpers/csv-training.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

/*
 * The reader in Python that docs/trees.md prints is run on versions of all kinds, and answers what they answer. It shares no
 * code with the service.
 */

const hasPython = spawnSync('python3', ['--version']).status === 0
const skips = !hasPython && process.env['CI'] !== 'true'

const ROWS = 1_200
/** Answers rows from standard input by the version in the folder that is the first argument. */
const MAIN = `
version = load(sys.argv[1])
print(json.dumps([answer(*version, row) for row in json.load(sys.stdin)]))
`
const MAIN_MIXED = MAIN.replace('load(', 'load_mixed(').replace('answer(', 'answer_mixed(')

const drawn = congruential(12 * ROWS, 7).values()
const next = () => drawn.next().value ?? 0
const KINDS = Array.from({ length: 300 }, (_, at) => `kind ${at}`)

/** A row of every kind of column, and targets that follow from them. */
function rowAt(at: number) {
  const size = Math.round(next() * 1_000) / 100
  const age = Math.round(next() * 90)
  const kind = KINDS[Math.floor(next() * next() * KINDS.length)] ?? ''
  const isNew = next() < 0.4
  const day = new Date(Date.UTC(2022, 0, 1 + Math.floor(next() * 900)))
  const time = new Date(Date.UTC(2024, 1, 1) + Math.floor(next() * 9e9))
  const lon = -120 + Math.round(next() * 500) / 100
  const lat = 35 + Math.round(next() * 500) / 100
  const value = size * 3 + (isNew ? 8 : 0) + Math.abs(lon + lat + 85) * 2 + day.getUTCMonth() + next() * 4
  return {
    row: {
      size: at % 11 === 0 ? null : size,
      age: at % 13 === 0 ? null : age,
      kind: at % 17 === 0 ? null : kind,
      new: at % 19 === 0 ? null : isNew,
      day: at % 23 === 0 ? null : day.toISOString().slice(0, 10),
      time: at % 29 === 0 ? null : `${time.toISOString().slice(0, 19)}+02:00`,
      lon,
      lat,
    },
    targets: {
      price: value.toFixed(2),
      rent: (value / 2 + age / 30).toFixed(2),
      two: value + next() * 12 > 34 ? 'yes' : 'no',
      three: value + next() * 9 < 28 ? 'low' : value + next() * 9 < 40 ? 'mid' : 'high',
      tags: [...(size > 5 ? ['large'] : []), ...(isNew ? ['new'] : []), 'all'].join('|'),
    },
  }
}

const TRAINING = Array.from({ length: ROWS }, (_, at) => rowAt(at))
const CSV = [
  Object.keys({ ...TRAINING[0]?.row, ...TRAINING[0]?.targets }).join(','),
  ...TRAINING.map(({ row, targets }) => Object.values({ ...row, ...targets }).join(',')),
].join('\n')
const ASKED: Row[] = [
  ...TRAINING.slice(0, 60).map(({ row }) => row),
  {
    size: 1e9,
    age: -5,
    kind: 'never seen',
    new: true,
    day: '1990-02-28',
    time: '2031-12-31T23:59:59Z',
    lon: 10,
    lat: 80,
  },
  {
    size: 0,
    age: 5,
    kind: 'kind 3',
    new: false,
    day: '2024-02-29',
    time: '2024-02-29T00:00:00.25-11:30',
    lon: null,
    lat: 36,
  },
  { size: null, age: null, kind: null, new: null, day: null, time: null, lon: null, lat: null },
]

const Answers = z.array(z.union([z.number(), z.record(z.string(), z.number())]))

let service: Awaited<ReturnType<typeof csvTraining>>
let folder: string
beforeAll(async () => {
  service = await csvTraining('trees-reader')
  folder = await temporaryFolder('trees-reader-files')
  await service.upload('rows', CSV)
})
afterAll(() => service.close())

async function readerOfDocs(): Promise<string> {
  const text = await readFile(new URL('../../docs/trees.md', import.meta.url), 'utf8')
  return [...text.matchAll(/```python\n(.*?)```/gs)].map(([, code = '']) => code).join('\n')
}

/** Returns the numbers of an answer as the reader names them. */
function numbersOf(answer: Prediction): number | Record<string, number> {
  if ('value' in answer) return answer.value
  return 'values' in answer ? answer.values : answer.probabilities
}

describe.skipIf(skips)('the reader of docs/trees.md (needs python3)', () => {
  it.each([
    ['a number, with gaps filled', { target: 'price', columns: { size: { missing: { value: 4 } } } }],
    ['a logarithm, of several members', { target: 'price', targetTransform: 'log', ensemble: 2 }],
    ['several targets', { target: ['price', 'rent'] }],
    ['two classes', { target: 'two', positive: 'no', calibration: 'none' }],
    ['two classes, calibrated', { target: 'two', calibration: 'platt' }],
    ['two classes, calibrated by a curve', { target: 'two', calibration: 'isotonic', ensemble: 2 }],
    ['three classes', { target: 'three', calibration: 'none' }],
    ['three classes, calibrated', { target: 'three', calibration: 'platt', ensemble: 2 }],
    ['three classes, calibrated by one number', { target: 'three', calibration: 'temperature' }],
    ['three classes, calibrated by curves', { target: 'three', calibration: 'isotonic' }],
    ['labels', { target: 'tags', multiLabel: true }],
  ])('answers %s as the service does', async (name, recipe) => {
    const network = { type: 'trees', leaves: 8, learningRate: 0.2, rowShare: 0.7 }
    await expectSameAnswers(name, { network, epochs: 25, ...recipe }, MAIN)
  })

  it.each([
    ['a number, by bins', { target: 'price', scaling: 'piecewiseLinear', bins: 12, outside: 'margin' }],
    ['a logarithm, of several members', { target: 'price', targetTransform: 'log', ensemble: 2 }],
    ['two classes', { target: 'two', calibration: 'none', layers: [], outside: 'extend' }],
    ['three classes, calibrated', { target: 'three', calibration: 'platt', scaling: 'minMax' }],
  ])('answers %s as the service does, by networks and trees', async (name, recipe) => {
    const trees = { network: { type: 'trees', leaves: 8, learningRate: 0.2, rowShare: 0.7 }, epochs: 20 }
    const layers = [{ units: 8 }, { units: 4, activation: 'tanh' }]
    const mixed = { layers, optimizer: { type: 'adam' }, epochs: 3, otherMembers: [trees], ...recipe }
    await expectSameAnswers(`${name} mixed`, mixed, MAIN_MIXED)
  })
})

/** Trains a version, and expects of the reader what the service answers by it. */
async function expectSameAnswers(name: string, recipe: object, main: string): Promise<void> {
  const inputs = Object.keys(TRAINING[0]?.row ?? {})
  const coordinates = { longitude: 'lon', latitude: 'lat' }
  const model = `m ${name}`.replaceAll(/[^a-z]+/g, '-')
  const { predictor, bytes } = await service.train(model, 'rows', { inputs, coordinates, ...recipe })
  const version = join(folder, name)
  await mkdir(version)
  for (const file of ['encoder.json', 'model.json', 'weights.bin'])
    await writeFile(join(version, file), await bytes(file))
  await writeFile(join(folder, 'reader.py'), `${await readerOfDocs()}${main}`)
  const { stdout, stderr } = spawnSync('python3', [join(folder, 'reader.py'), version], {
    input: JSON.stringify(ASKED),
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const found = Answers.parse(JSON.parse(stdout))
  const expected = ASKED.map((row) => numbersOf(predictor.predict(row)))
  for (const [at, answer] of expected.entries()) {
    const near = (value: number) => expect.closeTo(value, 9)
    expect(found[at]).toEqual(
      typeof answer === 'number'
        ? near(answer)
        : Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, near(value)])),
    )
  }
}
