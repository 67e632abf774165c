import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary.ts'
import { contextEntries, type Instruction, ROOT, readStages } from './files.ts'

const stages = readStages()
const images = stages.filter(({ instructions }) => instructions.some(({ name }) => name === 'ENTRYPOINT'))
const of = (instructions: Instruction[], name: string) =>
  instructions.filter((each) => each.name === name).map(({ rest }) => rest)

describe('the Dockerfile', () => {
  it('makes an image for each role', () => {
    expect(images.map(({ name }) => name)).toEqual(['api', 'worker'])
    for (const { name, instructions } of images) {
      const [entry] = of(instructions, 'ENTRYPOINT').map((rest) => JSON.parse(rest))
      expect(entry).toEqual(['node', 'dist/main.js', name])
    }
  })

  it('runs nothing but scripts that are there and executable', () => {
    for (const { instructions } of stages) {
      for (const run of of(instructions, 'RUN')) {
        const [script] = JSON.parse(run)
        expect(script).toMatch(/^docker\/[a-z-]+\.sh$/)
        accessSync(join(ROOT, script), constants.X_OK)
        expect(readFileSync(join(ROOT, script), 'utf8')).toMatch(/^#!\/bin\/sh\n[\s\S]*^set -eu$/m)
      }
    }
  })

  it('copies what is there, and .dockerignore lets it through', () => {
    const names = new Set<string>()
    for (const { name: stage, instructions } of stages) {
      for (const copy of of(instructions, 'COPY')) {
        const parts = copy.split(/\s+/)
        if (parts[0]!.startsWith('--from=')) {
          expect(names).toContain(parts[0]!.slice('--from='.length))
          continue
        }
        for (const source of parts.slice(0, -1)) {
          expect(existsSync(join(ROOT, source)), source).toBe(true)
          expect(contextEntries()).toContain(source.replace(/^\.\//, '').split('/')[0])
        }
      }
      names.add(stage)
    }
  })

  it('runs no image as root', () => {
    for (const { instructions } of images) expect(of(instructions, 'USER').at(-1)).toBe('node')
  })

  it('keeps TensorFlow out of the API image', () => {
    const [api, worker] = images.map(({ instructions }) => of(instructions, 'COPY').join('\n'))
    expect(api).not.toMatch(/--from=(tensorflow|worker-packages|packages)/)
    expect(worker).toMatch(/--from=tensorflow/)
  })

  it('writes into each image how large it is, and which parts are', async () => {
    const folder = await temporaryFolder('sizes')
    const megabytes = { dist: 2, 'node_modules/large': 5, 'node_modules/@scope/middle': 3 }
    for (const [part, size] of Object.entries(megabytes)) {
      await mkdir(join(folder, 'app', part), { recursive: true })
      await writeFile(join(folder, 'app', part, 'file'), randomBytes(size * 2 ** 20))
    }
    const file = join(folder, 'sizes.txt')
    const { status, stderr } = spawnSync(join(ROOT, 'docker/sizes.sh'), [join(folder, 'app'), file], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(lines[0]).toMatch(/^1[01] MB in all/)
    expect(lines.slice(1).map((line) => line.replace(/^\d+ MB /, ''))).toEqual([
      'node_modules/large',
      'node_modules/@scope/middle',
      'dist',
    ])
    for (const { instructions } of images)
      expect(of(instructions, 'RUN')).toContain('["docker/sizes.sh", "/app", "/app/sizes.txt"]')
  })

  it('asks the API how it is', () => {
    const [check] = of(images[0]!.instructions, 'HEALTHCHECK')
    expect(check).toMatch(/CMD \["node", "docker\/healthcheck\.mjs"\]$/)
    expect(readFileSync(join(ROOT, 'docker/healthcheck.mjs'), 'utf8')).toMatch('/health/ready')
  })
})
