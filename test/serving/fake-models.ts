import type { Manifest } from '../../src/registry/artifacts.ts'
import type { Generation, VersionEntry } from '../../src/registry/model-log.ts'

const encoder = (fill: number, more: object) => ({
  format: 1,
  inputs: [
    {
      name: 'x',
      type: 'number',
      state: { kind: 'number', shift: 0, scale: 1, fill, indicator: false, refuseGaps: false, ...more },
    },
  ],
  target: { task: 'regression', log: false, shift: 0, scale: 1 },
})
const model = {
  modelTopology: {
    class_name: 'Sequential',
    config: { layers: [{ class_name: 'Dense', config: { name: 'output', units: 1, activation: 'linear' } }] },
  },
  weightsManifest: [
    {
      weights: [
        { name: 'output/kernel', shape: [1, 1], dtype: 'float32' },
        { name: 'output/bias', shape: [1], dtype: 'float32' },
      ],
    },
  ],
}

/** Models in memory whose version n answers x · n. @param state more of the state of the column x */
export function fakeModels(state: object = {}) {
  const heads = new Map<string, Generation>()
  const broken = new Set<number>()
  let away = false
  /** Models whose logs have grown since the notes were read. */
  const notes = new Set<string>()
  /** Models whose newest state was asked for. */
  const looks: string[] = []
  /** Files that were read. */
  const reads: string[] = []
  const publish = (name: string, version: number, promote = true) => {
    const before = heads.get(name)
    notes.add(name)
    const entry: VersionEntry = {
      version,
      job: `j${version}`,
      attempt: 1,
      createdAt: '2026-01-01T00:00:00Z',
      artifacts: `a${version}/`,
      manifest: { bytes: 0, sha256: '' },
    }
    const aliases = promote ? { production: { version, before: [] } } : (before?.state.aliases ?? {})
    const state = { versions: [...(before?.state.versions ?? []), entry], aliases, nextVersion: version + 1 }
    heads.set(name, {
      generation: (before?.generation ?? 0) + 1,
      at: '2026-01-01T00:00:00Z',
      by: null,
      events: [],
      state,
    })
  }
  const models = {
    names: async () => {
      if (away) throw new Error('away')
      return [...heads.keys()]
    },
    head: async (name: string) => {
      looks.push(name)
      return heads.get(name)
    },
    changes: {
      changed: async () => {
        if (away) throw new Error('away')
        const names = new Set(notes)
        notes.clear()
        return names
      },
      skip: async () => notes.clear(),
    },
    readArtifact: async (name: string, entry: Pick<VersionEntry, 'version'>, file: string) => {
      reads.push(`${name} ${entry.version} ${file}`)
      if (broken.has(entry.version)) return Buffer.from('{')
      if (file === 'encoder.json') return Buffer.from(JSON.stringify(encoder(7, state)))
      return file === 'model.json'
        ? Buffer.from(JSON.stringify(model))
        : Buffer.from(Float32Array.of(entry.version, 0).buffer)
    },
    async readArtifacts(
      name: string,
      entry: VersionEntry,
      choose: (known: Manifest['files']) => readonly string[],
    ) {
      const read = async (file: string) => [file, await this.readArtifact(name, entry, file)] as const
      return new Map(await Promise.all(choose({}).map(read)))
    },
  }
  /** Makes another state of a model's newest, or takes the model away. */
  const change = (name: string, of: (state: Generation['state']) => Generation['state'] | undefined) => {
    const before = heads.get(name)
    notes.add(name)
    const state = before && of(before.state)
    if (before && state) heads.set(name, { ...before, generation: before.generation + 1, state })
    else heads.delete(name)
  }
  return {
    models,
    publish,
    change,
    broken,
    reads,
    looks,
    leave: () => {
      away = true
    },
  }
}

type Models = ReturnType<typeof fakeModels>['models']

/** Returns models whose files are read in another way. */
export function readingBy(models: Models, readArtifact: Models['readArtifact']): Models {
  return { ...models, readArtifact }
}

export const one = { form: 'features', path: '/features', single: true, onError: 'refuse' } as const
export const many = { form: 'features', path: '/rows', single: false, onError: 'refuse' } as const
