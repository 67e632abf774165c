import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * Bundles compiled modules and the packages that they import into one file for each program, with shared chunks beside
 * them: Node then opens some twenty files at a start instead of a thousand. It runs as a process of its own because it
 * imports packages, which set-up itself must not. Arguments: the folder of the compiled modules, and the new one.
 */
const [from = '', to = ''] = process.argv.slice(2)

/** The programs that Node starts: each module's path below the folder of the compiled modules, and its bundle's name. */
const PROGRAMS = {
  'programs/main': 'main',
  'programs/check-store': 'check',
  'programs/manage-keys': 'manage-keys',
  'programs/train-job': 'train-job',
  'programs/read-dataset': 'read-dataset',
  'programs/evaluate-version': 'evaluate-version',
  'programs/inspect-version': 'inspect-version',
  'programs/set-threshold': 'set-threshold',
  'programs/draw-plot': 'draw-plot',
  'programs/check-archive': 'check-archive',
  'models/preparing/preparing-thread': 'preparing-thread',
  'training/threads/member-thread': 'member-thread',
  'training/trees/sum-thread': 'sum-thread',
}

/** BullMQ imports this program and calls its default export. */
const PROCESSOR = 'programs/train-job'

/** Packages that find files beside their own code, are binaries, are large and loaded by few, or belong to one of these. */
const LEFT_WHERE_THEY_ARE = [
  '@aws-sdk/*',
  '@duckdb/*',
  '@fastify/static',
  '@fastify/swagger-ui',
  '@grpc/*',
  '@resvg/*',
  '@tensorflow/*',
  'bullmq',
  'cron-parser',
  'dejavu-fonts-ttf',
  'pino',
  'pino-pretty',
  'vega',
  'vega-lite',
  ...(await packagesOfQueues()),
]

/** Packages of the queue backends, by the compiled registry: each is loaded only where its queue is used. */
async function packagesOfQueues() {
  const { QUEUE_BACKENDS } = await import(pathToFileURL(join(from, 'jobs/queue/backends.js')).href)
  return Object.values(QUEUE_BACKENDS).flatMap(({ packages }) => packages)
}

/** Definitions that packages in CommonJS expect. */
const COMMON_JS = [
  "import { createRequire as fitserveCreateRequire } from 'node:module'",
  "import { dirname as fitserveDirname } from 'node:path'",
  "import { fileURLToPath as fitservePath } from 'node:url'",
  'const require = fitserveCreateRequire(import.meta.url)',
  'const __filename = fitservePath(import.meta.url)',
  'const __dirname = fitserveDirname(__filename)',
].join(';')

/** All bundles are in one folder, so `import.meta.url` is replaced by each module's original location. */
const ownPlaces = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      if (!path.startsWith(from + sep)) return undefined
      const code = await readFile(path, 'utf8')
      const place = JSON.stringify(`./${relative(from, path).replaceAll(sep, '/')}`)
      return { contents: code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) }
    })
  },
}

await build({
  entryPoints: Object.entries(PROGRAMS).map(([module, name]) => ({
    in: join(from, `${module}.js`),
    out: name,
  })),
  outdir: to,
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Names are kept, so that stack traces stay readable.
  minifySyntax: true,
  minifyWhitespace: false,
  legalComments: 'none',
  external: LEFT_WHERE_THEY_ARE,
  banner: { js: COMMON_JS },
  plugins: [ownPlaces],
  logLevel: 'warning',
})
// Each program can also be started from its module's own path, which is where other modules look for it.
for (const [module, name] of Object.entries(PROGRAMS)) {
  const file = join(to, `${module}.js`)
  await mkdir(dirname(file), { recursive: true })
  const bundle = relative(dirname(file), join(to, `${name}.js`)).replaceAll(sep, '/')
  await writeFile(
    file,
    module === PROCESSOR ? `export { default } from '${bundle}'\n` : `import '${bundle}'\n`,
  )
}
