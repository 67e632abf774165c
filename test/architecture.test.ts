import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { QUEUE_BACKENDS } from '../src/jobs/queue/backends.ts'

const SRC = resolve(import.meta.dirname, '../src')

/** Which rooms a room may import; every room may import the files that stand beside the rooms, and `runtime`. */
const ARROWS: Record<string, readonly string[]> = {
  config: ['keys'],
  keys: [],
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
  batch: ['serving', 'models', 'registry', 'datasets', 'recipe'],
  // It runs in browsers, and knows the HTTP API only.
  dashboard: [],
  api: [
    'serving',
    // The lines of CSV that both answer in.
    'batch',
    'jobs',
    'versions',
    'upkeep',
    'registry',
    'datasets',
    'evaluation',
    'recipe',
    'models',
    'config',
    'keys',
  ],
}
/** What two rooms know of each other, and the rooms that may import it. */
const CONTRACTS: Record<string, readonly string[]> = {
  'training-contract.ts': ['jobs', 'training', 'versions'],
  'prediction-contract.ts': ['jobs', 'batch', 'api'],
  'dataset-source.ts': ['config', 'datasets'],
}
/** The programs that Node starts, and what builds the parts: these may import every room. */
const PROGRAMS = 'programs'
/** Beside the rooms: words that all may use. */
const SHARED = [
  'access.ts',
  'code-points.ts',
  'date-pattern.ts',
  'date-time.ts',
  'dates.ts',
  'errors.ts',
  'fnv1a.ts',
  'normal-form.ts',
  'numbers.ts',
  'page.ts',
  'set-own.ts',
  'tables-file-name.ts',
  'uncertainty-options.ts',
  'version.ts',
  'warnings.ts',
]
const HEAVY = /^(@tensorflow\/|@duckdb\/|@resvg\/|vega(-lite)?$)/

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
/**
 * The three ways to import a module that is named by a text: a statement, `import('…')`, and `createRequire(…)('…')`.
 */
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"()]*?from\s+)?['"]([^'"]+)['"]|(?<![.\w])import\(\s*['"]([^'"]+)['"]\s*\)|(?<![.\w])(?:require|createRequire\([^()]*\))\(\s*['"]([^'"]+)['"]/g
/** An import whose module is a template or a variable, so that no test can follow it. */
const BLIND_IMPORT = /(?<![.\w])(?:import|require|createRequire\([^()]*\))\((?!\s*['"])\s*\S+/g
/** Text that looks like an import of a variable, each with the reason why it may stay. */
const MAY_BE_BLIND: Record<string, string> = {
  // A program of its own, given as text to a child process, which gets the path of the package as its argument.
  'jobs/queue/embedded-database.ts': 'import(pglite)',
  // Only in tests: the source of a thread's program, loaded by tsx. Its starter names it in `threadProgram`.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the file says.
  'runtime/thread-program.ts': 'import(${JSON.stringify(source)})`',
  // A method that is called `import`, declared and defined.
  'versions/archives.ts': 'import(model: import(model,',
}

const codeOf = (file: string) => readFileSync(join(SRC, file), 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '')

interface Import {
  target: string
  typeOnly: boolean
  lazy: boolean
}

const IMPORTS = new Map<string, Import[]>(
  files.map((file) => [
    file,
    [...codeOf(file).matchAll(IMPORT)].map(([, type, from, lazy, required]) => ({
      target: from ?? lazy ?? required ?? '',
      typeOnly: type !== undefined,
      lazy: lazy !== undefined,
    })),
  ]),
)

const importsOf = (file: string) => IMPORTS.get(file) ?? []

function inside(file: string, target: string): string | undefined {
  return target.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), target)) : undefined
}

const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined)

/** Returns the path of a file or folder inside a folder, undefined if it is elsewhere. */
function childOf(folder: string, file: string): string | undefined {
  return file.startsWith(folder) ? file.slice(folder.length).split('/')[0] : undefined
}

/** Returns the folders that hold a file, from its room inwards, each with a `/` at its end. */
function foldersAbove(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, depth) => `${parts.slice(0, depth + 1).join('/')}/`)
}

/** Finds circles among what things need. Returns each as the shortest way from a thing back to itself. */
function circlesOf(needs: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Map<string, string>()
  for (const start of needs.keys()) {
    const seen = new Set<string>()
    let ways: string[][] = [[start]]
    while (ways.length > 0 && !seen.has(start)) {
      ways = ways.flatMap((way) =>
        [...(needs.get(way.at(-1) ?? '') ?? [])]
          .filter((next) => !seen.has(next) && seen.add(next))
          .map((next) => [...way, next]),
      )
      const circle = ways.find((way) => way.at(-1) === start)
      if (circle) found.set([...new Set(circle)].toSorted().join(), circle.join(' → '))
    }
  }
  return [...found.values()]
}

/** The files that each file needs; type imports count too. */
const FILE_NEEDS = new Map(
  files.map((file) => {
    const targets = importsOf(file).map(({ target }) => inside(file, target))
    return [file, new Set(targets.filter((target) => target !== undefined))]
  }),
)

/** Collects which members of a folder need each other: its files, and its subfolders with all that is in them. */
function folderNeeds(folder: string): Map<string, Set<string>> {
  const needs = new Map<string, Set<string>>()
  for (const [file, targets] of FILE_NEEDS)
    for (const target of targets) {
      const from = childOf(folder, file)
      const to = childOf(folder, target)
      if (from === undefined || to === undefined || from === to) continue
      needs.set(from, (needs.get(from) ?? new Set()).add(to))
    }
  return needs
}

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
          room === 'dashboard'
            ? toRoom === room
            : toRoom === undefined
              ? SHARED.includes(to) || CONTRACTS[to]?.includes(room)
              : toRoom === room ||
                (toRoom === 'runtime' && room !== 'config') ||
                ARROWS[room]?.includes(toRoom)
        if (!allowed) outward.push(`${file} → ${to}`)
      }
    }
    expect(outward).toEqual([])
  })

  it('have no circle of files, not even of types', () => {
    const tried = [
      ['a', new Set(['b'])],
      ['b', new Set(['c', 'd'])],
      ['c', new Set(['a'])],
    ] as const
    expect(circlesOf(new Map(tried))).toEqual(['c → a → b → c'])
    expect(circlesOf(FILE_NEEDS)).toEqual([])
    expect([...FILE_NEEDS.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(500)
  })

  it('have no circle of folders, at any depth', () => {
    const folders = new Set(['', ...files.flatMap((file) => foldersAbove(file))])
    const circles = [...folders].flatMap((folder) =>
      circlesOf(folderNeeds(folder)).map((circle) => `${folder}: ${circle}`),
    )
    expect(circles).toEqual([])
    expect([...folders]).toContain('models/encoders/words/')
    expect(folderNeeds('jobs/').size).toBeGreaterThan(5)
  })

  it('import nothing that cannot be followed', () => {
    const blind = files.flatMap((file) => {
      const found = [...codeOf(file).matchAll(BLIND_IMPORT)].map(([text]) => text.trim())
      return found.length === 0 ? [] : [[file, found.join(' ')]]
    })
    expect(Object.fromEntries(blind)).toEqual(MAY_BE_BLIND)
    const tries = ['import(`./a.ts`)', 'await import(\n  name,\n)', 'createRequire(base)(name)']
    expect(tries.filter((text) => !text.match(BLIND_IMPORT))).toEqual([])
    expect("archives.import(name); import('./a.ts'); require('b')".match(BLIND_IMPORT)).toBeNull()
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
    if (!IMPORTS.has(file)) continue
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

  it.each(['programs/main.ts', 'programs/train-job.ts'])(
    'loads OpenTelemetry, and what writes lines for people, only where they are wanted: %s',
    (program) => {
      const optional = /^(@opentelemetry\/|pino-pretty$)/
      const met = [...reachedFrom(program)].filter(([target]) => optional.test(target))
      expect(met.map(([, path]) => path.join(' → '))).toEqual([])
      const users = files.filter((file) => importsOf(file).some(({ target }) => optional.test(target)))
      expect(users).toEqual(['runtime/open-log.ts', 'runtime/open-telemetry.ts'])
    },
  )

  it('does not import the training room', () => {
    const importers = files.filter(
      (file) =>
        roomOf(file) !== 'training' &&
        importsOf(file).some(({ target }) => inside(file, target)?.startsWith('training/')),
    )
    expect(importers.toSorted()).toEqual([
      'programs/evaluate-version.ts',
      'programs/inspect-version.ts',
      'programs/set-threshold.ts',
      'programs/train-job.ts',
    ])
  })
})
