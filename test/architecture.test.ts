import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { QUEUE_BACKENDS } from '../src/jobs/queue/backends.ts'

const SRC = resolve(import.meta.dirname, '../src')

/** Which rooms a room may import; every room may import the files that stand beside the rooms, and `runtime`. */
const ARROWS: Record<string, readonly string[]> = {
  config: [],
  runtime: [],
  recipe: [],
  evaluation: ['recipe'],
  store: [],
  models: ['recipe'],
  registry: ['store', 'recipe'],
  datasets: ['store', 'recipe'],
  training: ['models', 'evaluation', 'datasets', 'recipe'],
  jobs: ['registry', 'store', 'datasets', 'recipe', 'evaluation', 'config'],
  versions: ['registry', 'store', 'datasets', 'recipe', 'evaluation', 'models'],
  upkeep: ['registry', 'store', 'datasets', 'recipe', 'models', 'jobs'],
  serving: ['models', 'registry', 'recipe'],
  api: [
    'serving',
    'jobs',
    'versions',
    'upkeep',
    'registry',
    'datasets',
    'evaluation',
    'recipe',
    'models',
    'config',
  ],
}
/** What two rooms know of each other, and the rooms that may import it. */
const CONTRACTS: Record<string, readonly string[]> = { 'training-contract.ts': ['jobs', 'training'] }
/** The programs that Node starts, and what builds the parts: these may import every room. */
const PROGRAMS = 'programs'
/** Beside the rooms: words that all may use. */
const SHARED = ['access.ts', 'errors.ts', 'fnv1a.ts', 'numbers.ts', 'page.ts', 'set-own.ts', 'version.ts']
const HEAVY = /^(@tensorflow\/|@duckdb\/|@resvg\/|vega(-lite)?$)/

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"()]*?from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|require\)?\(\s*['"]([^'"]+)['"]\s*\)/g

function importsOf(file: string): { target: string; typeOnly: boolean; lazy: boolean }[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  return [...text.matchAll(IMPORT)].map(([, type, from, lazy, required]) => ({
    target: from ?? lazy ?? required ?? '',
    typeOnly: type !== undefined,
    lazy: lazy !== undefined,
  }))
}

function inside(file: string, target: string): string | undefined {
  return target.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), target)) : undefined
}

const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined)

describe('the rooms', () => {
  it('are all known', () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== undefined))
    expect([...rooms].filter((room) => room !== PROGRAMS && !(room in ARROWS))).toEqual([])
  })

  it('import inwards only', () => {
    const outward: string[] = []
    for (const file of files) {
      const room = roomOf(file)
      for (const { target } of importsOf(file)) {
        const to = inside(file, target)
        if (room === undefined || room === PROGRAMS || to === undefined) continue
        const toRoom = roomOf(to)
        const allowed =
          toRoom === undefined
            ? SHARED.includes(to) || CONTRACTS[to]?.includes(room)
            : toRoom === room || (toRoom === 'runtime' && room !== 'config') || ARROWS[room]?.includes(toRoom)
        if (!allowed) outward.push(`${file} → ${to}`)
      }
    }
    expect(outward).toEqual([])
  })

  it('have no circle of folders inside the jobs room', () => {
    const folderOf = (file: string) => file.split('/')[1] ?? ''
    const needs = new Map<string, Set<string>>()
    for (const file of files.filter((each) => roomOf(each) === 'jobs'))
      for (const { target } of importsOf(file)) {
        const to = inside(file, target)
        if (to === undefined || roomOf(to) !== 'jobs' || folderOf(to) === folderOf(file)) continue
        needs.set(folderOf(file), (needs.get(folderOf(file)) ?? new Set()).add(folderOf(to)))
      }
    const reached = (from: string, seen = new Set<string>()): Set<string> => {
      for (const to of needs.get(from) ?? []) if (!seen.has(to)) reached(to, seen.add(to))
      return seen
    }
    expect([...needs.keys()].filter((folder) => reached(folder).has(folder))).toEqual([])
    expect(needs.size).toBeGreaterThan(5)
  })

  it('keep TensorFlow in the training room', () => {
    const users = files.filter((file) =>
      importsOf(file).some(({ target }) => target.startsWith('@tensorflow/')),
    )
    expect(users.filter((file) => roomOf(file) !== 'training')).toEqual([])
    expect(users.length).toBeGreaterThan(0)
  })
})

/** Everything that is loaded with a program, each with the way to it; packages without what they load. */
function reachedFrom(program: string): Map<string, string[]> {
  const seen = new Map<string, string[]>()
  const queue: [string, string[]][] = [[program, [program]]]
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [file, path] = next
    if (seen.has(file)) continue
    seen.set(file, path)
    if (!file.endsWith('.ts')) continue
    for (const { target, typeOnly, lazy } of importsOf(file)) {
      if (typeOnly || lazy) continue
      const to = inside(file, target) ?? target
      queue.push([to, [...path, to]])
    }
  }
  return seen
}

describe('programs/train-job.ts', () => {
  it('reaches TensorFlow only when a recipe asks for it', () => {
    const reached = reachedFrom('programs/train-job.ts')
    expect(reached.get('training/tensorflow/tf.ts')).toBeUndefined()
    expect([...reached.keys()]).toContain('training/typed/engine.ts')
  })
})

describe('programs/main.ts', () => {
  it('reaches neither TensorFlow nor what draws nor, without asking for it, DuckDB', () => {
    const reached = reachedFrom('programs/main.ts')
    const met = [...reached].filter(([target]) => HEAVY.test(target)).map(([, path]) => path.join(' → '))
    expect(met).toEqual([])
    expect(reached.size).toBeGreaterThan(20)
  })

  it('loads the client of a queue or of S3 only where it is used', () => {
    const queues = Object.values(QUEUE_BACKENDS).flatMap(({ packages }) => packages)
    const clients = ['@aws-sdk/*', ...queues].map((name) => `${name.replace('/*', '/.*')}$`)
    const client = new RegExp(`^(${clients.join('|')})`)
    expect(client.test('ioredis') && client.test('@electric-sql/pglite')).toBe(true)
    const met = [...reachedFrom('programs/main.ts')].filter(([target]) => client.test(target))
    expect(met.map(([, path]) => path.join(' → '))).toEqual([])
    const users = files.filter((file) => importsOf(file).some(({ target }) => target.startsWith('@aws-sdk/')))
    expect(users.length).toBeGreaterThan(0)
    expect(users.filter((file) => !file.startsWith('store/s3/'))).toEqual([])
  })

  it('does not import the training room', () => {
    const importers = files.filter(
      (file) =>
        roomOf(file) !== 'training' &&
        importsOf(file).some(({ target }) => inside(file, target)?.startsWith('training/')),
    )
    expect(importers.toSorted()).toEqual(['programs/evaluate-version.ts', 'programs/train-job.ts'])
  })
})
