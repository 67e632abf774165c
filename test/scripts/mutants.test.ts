import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { script } from './fake-machine.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const { placeOf } = await script('mutants/place.mjs')
const { changeOf, isSurvivor, linesOf } = await script('mutants/report.mjs')
const { comeBySince } = await script('mutants/prepared-faults.mjs')
const { keyOf, sampleOf } = await script('mutants/sample.mjs')

describe('a place for faults', () => {
  it.each([
    ['evaluation', [], 'src/evaluation/**/*.ts', ['test/evaluation/**/*.test.ts']],
    ['jobs/orders', [], 'src/jobs/orders/**/*.ts', ['test/jobs/orders/**/*.test.ts']],
    ['evaluation/metrics.ts', [], 'src/evaluation/metrics.ts', ['test/evaluation/metrics.test.ts']],
    ['evaluation/schema.ts', [], 'src/evaluation/schema.ts', ['test/evaluation/**/*.test.ts']],
    ['jobs/orders', ['test/jobs/service.test.ts'], 'src/jobs/orders/**/*.ts', ['test/jobs/service.test.ts']],
  ])('%s with the tests %j', (place, named, code, tests) => {
    expect(placeOf(ROOT, place, named)).toEqual({ mutate: [code], tests })
  })

  it('is several files, with the tests of each', () => {
    expect(placeOf(ROOT, 'src/evaluation/metrics.ts,jobs/orders/')).toEqual({
      mutate: ['src/evaluation/metrics.ts', 'src/jobs/orders/**/*.ts'],
      tests: ['test/evaluation/metrics.test.ts', 'test/jobs/orders/**/*.test.ts'],
    })
    expect(placeOf(ROOT, 'evaluation/schema.ts,evaluation/plots/draw.ts,evaluation/k-fold.ts').tests).toEqual(
      ['test/evaluation/**/*.test.ts', 'test/evaluation/plots/**/*.test.ts'],
    )
  })

  it('has code and tests', () => {
    expect(() => placeOf(ROOT, 'nothing')).toThrow('There is no src/nothing')
    expect(() => placeOf(ROOT, 'programs')).toThrow(/no test\/programs\. Name the tests of src\/programs/)
    expect(() => placeOf(ROOT, 'evaluation', ['test/none'])).toThrow('There is no test/none')
  })
})

it('faults that a hook comes by count from the beginning of its file on', () => {
  expect(comeBySince({ 1: 2, 2: 5 }, { 1: 2, 2: 7, 3: 1 })).toEqual([
    ['2', 2],
    ['3', 1],
  ])
  expect(comeBySince({}, {})).toEqual([])
})

describe('a sample of faults', () => {
  const faults = Array.from({ length: 100 }, (_, n) => ({
    id: `${n}`,
    fileName: '/clone/src/a.ts',
    location: { start: { line: n, column: 1 }, end: { line: n, column: 9 } },
    replacement: 'true',
  }))
  const draw = (from: unknown, seed: number, count = 10): string[] =>
    [...sampleOf(from, { count, seed, root: '/clone' })].sort()

  it('has so many faults, and other ones with another seed', () => {
    expect(draw(faults, 1)).toHaveLength(10)
    expect(draw(faults, 1)).toEqual(draw(faults, 1))
    expect(draw(faults, 1)).not.toEqual(draw(faults, 2))
  })

  it('is drawn from all of them alike', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => draw(faults, seed)).flat()
    const counts = faults.map(({ id }) => drawn.filter((each) => each === id).length)
    // Each is expected 20 times, with a standard deviation of 4.2.
    expect(Math.min(...counts)).toBeGreaterThan(3)
    expect(Math.max(...counts)).toBeLessThan(40)
  })

  it('is the same in another clone, and has all faults where there are fewer', () => {
    const elsewhere = faults.map((fault) => ({ ...fault, fileName: fault.fileName.replace('/clone', '/b') }))
    expect([...sampleOf(elsewhere, { count: 10, seed: 1, root: '/b' })].sort()).toEqual(draw(faults, 1))
    expect(draw(faults.slice(0, 3), 1)).toEqual(['0', '1', '2'])
  })

  it('has faults that are known again in another run, by their place and what stands there', () => {
    const key = keyOf(faults[7], '/clone')
    expect(keyOf({ ...faults[7], id: 'another', status: 'Survived' }, '/clone')).toBe(key)
    expect(keyOf({ ...faults[7], fileName: '/b/src/a.ts' }, '/b')).toBe(key)
    const others = [
      { fileName: '/clone/src/b.ts' },
      { replacement: 'false' },
      { location: faults[8]?.location },
    ]
    for (const other of others) expect(keyOf({ ...faults[7], ...other }, '/clone')).not.toBe(key)
  })

  it('keeps what it had where faults are added', () => {
    const kept = draw(faults, 1).filter((id) => draw(faults.slice(0, 90), 1).includes(id))
    expect(kept).toEqual(draw(faults, 1).filter((id) => Number(id) < 90))
  })
})

describe('the report of faults', () => {
  const before = 'return a > b'
  const fault = (status: string, after: string) => ({ fileName: 'src/a.ts', status, line: 3, before, after })
  const faults = [
    fault('Killed', 'return a < b'),
    fault('Timeout', 'return true'),
    fault('Survived', 'return a >= b'),
    fault('NoCoverage', 'return false'),
    fault('Ignored', 'return'),
  ]

  it('lists what survived, and ends with the share that was noticed', () => {
    const { lines, share } = linesOf('a', faults, [])
    expect(share).toBe(50)
    expect(lines).toEqual([
      'src/a.ts:3',
      '  - return a > b',
      '  + return a >= b',
      'src/a.ts:3 (no test comes here)',
      '  - return a > b',
      '  + return false',
      'mutants of a: 50.0 % of 4 killed, 2 survived',
    ])
  })

  it('has the share of each file where there are several', () => {
    const others = faults.map((each) => ({ ...each, fileName: 'src/b.ts', status: 'Killed' }))
    const accepted = { file: 'src/a.ts', before, after: 'return false', reason: 'Nothing calls it.' }
    expect(linesOf('b,a', [...others, ...faults], [accepted]).lines.slice(-3)).toEqual([
      'mutants of src/a.ts: 66.7 % of 3 killed, 1 survived, 1 accepted',
      'mutants of src/b.ts: 100.0 % of 5 killed, 0 survived',
      'mutants of b,a: 87.5 % of 8 killed, 1 survived, 1 accepted',
    ])
  })

  it('knows which faults further tests may still notice', () => {
    expect(faults.map(isSurvivor)).toEqual([false, false, true, true, false])
  })

  it('leaves out what may survive, by its file and lines', () => {
    const accepted = { file: 'src/a.ts', before, after: 'return a >= b', reason: 'They are never equal.' }
    expect(linesOf('a', faults, [accepted]).lines.at(-1)).toBe(
      'mutants of a: 66.7 % of 3 killed, 1 survived, 1 accepted',
    )
    for (const other of [{ file: 'src/b.ts' }, { before: 'x' }, { after: 'x' }])
      expect(linesOf('a', faults, [{ ...accepted, ...other }]).share).toBe(50)
  })

  it('shows a fault as the change of whole lines', () => {
    const source = 'first\n  if (a > b) return {\n    c,\n  }\nlast'
    const place = (line: number, column: number) => ({ line, column })
    expect(changeOf(source, { start: place(2, 7), end: place(2, 12) }, 'true')).toEqual({
      before: 'if (a > b) return {',
      after: 'if (true) return {',
    })
    expect(changeOf(source, { start: place(2, 21), end: place(4, 4) }, '{}')).toEqual({
      before: 'if (a > b) return { c, }',
      after: 'if (a > b) return {}',
    })
  })
})
