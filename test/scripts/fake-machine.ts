import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { zip } from '../helpers/zip.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A module of the scripts, which are plain JavaScript. */
export const script = (path: string) => import(pathToFileURL(join(ROOT, 'scripts', path)).href)

export type Outcome = { code: number | null; signal: string | null; output: string; seconds: number }

/**
 * A clone, a cache and a machine's programs, all in one temporary folder. The programs are fakes that note
 * each call in `calls` and do as the test says; nothing is downloaded or compiled.
 */
export class FakeMachine {
  readonly folder: string
  readonly clone: string
  readonly cache: string
  readonly bin: string
  env: Record<string, string> = {}

  constructor(folder: string) {
    this.folder = folder
    this.clone = join(folder, 'clone')
    this.cache = join(folder, 'cache', 'fitserve')
    this.bin = join(folder, 'bin')
  }

  /** Writes a program of the machine; without a body it is missing. */
  async program(name: string, body?: string): Promise<void> {
    const path = join(this.bin, name)
    if (body === undefined) return rm(path, { force: true })
    const note = `echo "${name} $1 $2 $3" >> "${join(this.folder, 'calls')}"\n`
    await writeFile(path, `#!/bin/sh\n${note}${body}\n`, { mode: 0o755 })
  }

  async calls(name: string): Promise<number> {
    const lines = await readFile(join(this.folder, 'calls'), 'utf8').catch(() => '')
    return lines.split('\n').filter((line) => line.startsWith(name)).length
  }

  async temporaries(): Promise<string[]> {
    const places = [
      this.cache,
      join(this.clone, '.setup'),
      join(this.clone, 'node_modules/@tensorflow/tfjs-node'),
    ]
    const names = await Promise.all(places.map((place) => readdir(place).catch(() => [] as string[])))
    return names.flat().filter((name) => name.startsWith('tmp-'))
  }

  /** @param args of the set-up. Default: none */
  start(clone = this.clone, args: readonly string[] = []) {
    const env = { PATH: this.bin, HOME: this.folder, XDG_CACHE_HOME: join(this.folder, 'cache'), ...this.env }
    const child = spawn(process.execPath, ['scripts/setup.mjs', ...args], { cwd: clone, env, stdio: 'pipe' })
    const start = performance.now()
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)))
    const ended = new Promise<Outcome>((done) => {
      child.on('close', (code, signal) =>
        done({ code, signal, output, seconds: (performance.now() - start) / 1000 }),
      )
    })
    return { child, ended }
  }

  setUp(clone?: string, args?: readonly string[]): Promise<Outcome> {
    return this.start(clone, args).ended
  }
}

/** A machine on which everything is installed and works. */
export async function fakeMachine(): Promise<FakeMachine> {
  const machine = new FakeMachine(await mkdtemp(join(tmpdir(), 'fitserve-setup-')))
  onTestFinished(() => rm(machine.folder, { recursive: true, force: true, maxRetries: 3 }))
  await mkdir(machine.bin)
  for (const tool of ['sh', 'mkdir', 'cp', 'cat', 'sleep', 'touch', 'chmod', 'dirname', 'ps', 'head']) {
    const places = (process.env['PATH'] ?? '').split(delimiter)
    const found = await firstThat(places.map((place) => join(place, tool)))
    if (found) await symlink(found, join(machine.bin, tool))
  }
  await makeClone(machine.clone)
  const { wheelFor } = await script('setup/wheels.mjs')
  const wheel = wheelFor()
  const file = join(machine.folder, 'official.whl')
  const names = wheel.libraries.map((name: string) => `tensorflow/${name}`)
  const contents = [...names, 'tensorflow/include/tensorflow/c/c_api.h', 'tensorflow/unneeded.py'].map(
    (name) => [name, Buffer.from(name)],
  )
  await writeFile(file, zip(Object.fromEntries(contents)))
  await machine.program('npm', npm)
  await machine.program('g++', compiler)
  await machine.program('python3', `${pip}\ncp "${file}" "$dest/${wheel.file}"`)
  return machine
}

export async function makeClone(clone: string): Promise<void> {
  for (const folder of ['src/programs', 'kernels', 'examples'])
    await mkdir(join(clone, folder), { recursive: true })
  await cp(join(ROOT, 'scripts', 'setup'), join(clone, 'scripts', 'setup'), { recursive: true })
  await cp(join(ROOT, 'scripts', 'setup.mjs'), join(clone, 'scripts', 'setup.mjs'))
  const packages = { '': {}, 'node_modules/@tensorflow/tfjs-node': { version: '4.22.0' } }
  await writeFile(join(clone, 'package.json'), '{"type":"module"}')
  await writeFile(join(clone, 'package-lock.json'), JSON.stringify({ packages }))
  await writeFile(join(clone, 'tsconfig.json'), '{}')
  await writeFile(join(clone, 'src', 'programs', 'main.ts'), "console.log('main')\n")
  const proto = 'src/api/protocols/open-inference/grpc/open-inference.proto'
  await cp(join(ROOT, proto), join(clone, proto))
}

/** The start of a fake python3: pip is there, and `dest` is where it is to put the wheel. */
export const pip = `
while [ $# -gt 0 ]; do
  case "$1" in --version) echo pip 24; exit 0;; --dest) dest="$2";; esac
  shift
done`

// Its packages are just enough for the later steps: a tsc and an esbuild that copy (the bundle also reads the registry
// of queue backends), an asc and a vite that write, and a tfjs-node that can add up.
export const npm = `
[ "$1" = ping ] && exit 0
mkdir -p node_modules/.bin node_modules/esbuild node_modules/vite node_modules/@tensorflow/tfjs-node/binding node_modules/node-api-headers/include
cp package-lock.json node_modules/.package-lock.json
cat > node_modules/.bin/tsc <<'END'
#!/bin/sh
[ "$2" = tsconfig.json ] || exit 0
mkdir -p "$4/programs" "$4/jobs/queue" && cp src/programs/main.ts "$4/programs/main.js"
echo 'export const QUEUE_BACKENDS = {}' > "$4/jobs/queue/backends.js"
END
cat > node_modules/.bin/asc <<'END'
#!/bin/sh
echo kernels > "$5"
END
cat > node_modules/esbuild/index.js <<'END'
const { cpSync, mkdirSync } = require('node:fs')
exports.build = async ({ entryPoints: [main], outdir }) => {
  mkdirSync(outdir, { recursive: true })
  cpSync(main.in, outdir + '/main.js')
}
END
cat > node_modules/vite/index.js <<'END'
const { mkdirSync, writeFileSync } = require('node:fs')
exports.build = async ({ build: { outDir } }) => {
  mkdirSync(outDir, { recursive: true })
  writeFileSync(outDir + '/index.html', 'page')
}
END
chmod +x node_modules/.bin/tsc node_modules/.bin/asc
touch node_modules/@tensorflow/tfjs-node/binding/one.cc
echo 'exports.matMul = () => ({ dataSync: () => [23] })' > node_modules/@tensorflow/tfjs-node/index.js`

const compiler = `
[ "$1" = --version ] && exit 0
while [ $# -gt 0 ]; do
  case "$1" in -o) echo binding > "$2";; esac
  shift
done`

async function firstThat(paths: string[]): Promise<string | undefined> {
  for (const path of paths)
    if (
      await readFile(path).then(
        () => true,
        () => false,
      )
    )
      return path
  return undefined
}
