import { describe, expect, it } from 'vitest'
import { script } from './fake-machine.ts'

const { advisoriesOf, judged } = await script('supply/audit.mjs')
const { countLicences, refusedLicences } = await script('supply/licences.mjs')
const { asTable, lockedPackages, readJson } = await script('supply/npm.mjs')
const { outdatedRows, stepBetween } = await script('supply/outdated.mjs')
const { withTensorFlow } = await script('supply/sbom.mjs')

const packageOf = (name: string, licence: string, dev = false) => ({ name, version: '1.0.0', licence, dev })

describe('licences', () => {
  it('of all packages of the lock file are allowed', () => {
    const packages = lockedPackages()
    expect(packages.length).toBeGreaterThan(300)
    expect(refusedLicences(packages, readJson('licences.json'))).toEqual([])
  })

  it('are allowed alone, joined by OR or AND, in development, and by package', () => {
    const rules = {
      allowed: ['MIT', 'ISC'],
      allowedInDevelopment: ['MPL-2.0'],
      packages: { '@a/font': 'a reason' },
    }
    const refused = (licence: string, dev = false, name = 'x') =>
      refusedLicences([packageOf(name, licence, dev)], rules).length > 0
    expect(
      ['MIT', '(MIT OR GPL-3.0)', 'MIT AND ISC', '(GPL-3.0 OR MIT AND ISC)'].map((each) => refused(each)),
    ).toEqual([false, false, false, false])
    expect(['GPL-3.0', 'unknown', 'MIT AND GPL-3.0', 'MPL-2.0'].map((each) => refused(each))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(refused('MPL-2.0', true)).toBe(false)
    expect(refused('own', false, '@a/font')).toBe(false)
    expect(refused('own', false, '@a/font-linux-x64')).toBe(false)
    expect(refused('own', false, '@a/fonts')).toBe(true)
  })

  it('are counted, the most frequent first', () => {
    const packages = ['MIT', 'ISC', 'MIT'].map((licence) => packageOf('x', licence))
    expect(countLicences(packages)).toEqual([
      ['MIT', 2],
      ['ISC', 1],
    ])
  })
})

describe('the audit', () => {
  /** What `npm audit --json` answers: `b` is at fault, and `a` needs it. */
  const report = {
    vulnerabilities: {
      a: { via: ['b'] },
      b: {
        via: [
          {
            source: 1,
            name: 'b',
            title: 'It hangs',
            url: 'https://example.com/advisories/GHSA-aaaa',
            severity: 'high',
          },
        ],
      },
    },
  }
  const [advisory] = advisoriesOf(report)

  it('tells each advisory once', () => {
    expect(advisoriesOf(report)).toEqual([
      {
        id: 'GHSA-aaaa',
        package: 'b',
        severity: 'high',
        title: 'It hangs',
        url: 'https://example.com/advisories/GHSA-aaaa',
      },
    ])
    expect(advisoriesOf({})).toEqual([])
  })

  it.each([
    [{}, { open: [advisory], accepted: [], stale: [] }],
    [{ 'GHSA-aaaa': { reason: 'r', until: '2026-06-01' } }, { open: [], accepted: [advisory], stale: [] }],
    [{ 'GHSA-aaaa': { reason: 'r', until: '2026-05-31' } }, { open: [advisory], accepted: [], stale: [] }],
    [
      { 'GHSA-bbbb': { reason: 'r', until: '2026-06-01' } },
      { open: [advisory], accepted: [], stale: ['GHSA-bbbb'] },
    ],
  ])('judges by the answers %j', (answers, wanted) => {
    expect(judged(advisoriesOf(report), answers, '2026-06-01')).toEqual(wanted)
  })

  it('has answers with a reason and a day', () => {
    for (const answer of Object.values<object>(readJson('audit-answers.json')))
      expect(answer).toEqual({
        reason: expect.stringMatching(/./),
        until: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      })
  })
})

describe('outdated packages', () => {
  it.each([
    ['1.2.3', '2.0.0', 'major'],
    ['1.2.3', '1.3.0', 'minor'],
    ['1.2.3', '1.2.4', 'patch'],
    ['0.2.3', '0.3.0', 'major'],
    ['0.2.3', '0.2.4', 'patch'],
    ['1.2.3-r.1', '1.2.3', 'prerelease'],
    ['1.2.3', '1.2.3', 'none'],
  ])('from %s to %s: %s', (from, to, step) => {
    expect(stepBetween(from, to)).toBe(step)
  })

  it('are told with their age, the largest steps first', () => {
    const outdated = {
      b: { current: '1.0.0', wanted: '1.0.0', latest: '1.0.1' },
      c: { wanted: '1.0.0', latest: '2.0.0' },
      a: { current: '1.0.0', wanted: '1.0.0', latest: '3.0.0' },
    }
    const published = (name: string) => (name === 'a' ? '2026-01-01T00:00:00.000Z' : undefined)
    const rows = outdatedRows(outdated, published, Date.UTC(2026, 0, 11, 12))
    expect(rows).toEqual([
      ['a', '1.0.0', '3.0.0', 'major', '10'],
      ['c', '1.0.0', '2.0.0', 'major', ''],
      ['b', '1.0.0', '1.0.1', 'patch', ''],
    ])
    expect(
      asTable(
        ['package', 'own'],
        [
          ['a', '1'],
          ['long-name', '2'],
        ],
      ),
    ).toBe('package    own\na          1\nlong-name  2')
  })
})

it('the bill of materials has the library that npm does not know', () => {
  const bom = {
    metadata: { component: { 'bom-ref': 'fitserve@1', type: 'library', name: 'folder' } },
    components: [{ name: 'x' }],
    dependencies: [
      { ref: 'fitserve@1', dependsOn: ['x@1'] },
      { ref: 'x@1', dependsOn: [] },
    ],
  }
  const wheel = {
    package: 'tensorflow-cpu',
    platform: 'p',
    file: 'f.whl',
    sha256: 'ab',
    size: 1,
    libraries: [],
  }
  const whole = withTensorFlow(bom, wheel, '2.0.0')
  expect(whole.metadata.component).toMatchObject({ type: 'application', name: 'fitserve' })
  expect(whole.components[1]).toMatchObject({
    purl: 'pkg:pypi/tensorflow-cpu@2.0.0?file_name=f.whl',
    hashes: [{ alg: 'SHA-256', content: 'ab' }],
  })
  expect(whole.dependencies).toEqual([
    { ref: 'fitserve@1', dependsOn: ['x@1', 'tensorflow-cpu@2.0.0'] },
    { ref: 'x@1', dependsOn: [] },
    { ref: 'tensorflow-cpu@2.0.0', dependsOn: [] },
  ])
})
