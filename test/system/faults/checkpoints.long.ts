import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { EXAMPLES, type Service } from '../harness.ts'
import { hasServers, KINDS, startFleet } from './fleet.ts'

const Manifest = z.object({ files: z.record(z.string(), z.object({ sha256: z.string() })) })

/** Long enough to be killed in the middle. */
const order = (model: string, engine: 'typed' | 'tensorflow') => ({
  model,
  dataset: 'reviews',
  force: true,
  recipe: {
    encoder: { type: 'multiHot', numWords: 2000 },
    layers: [{ units: 16, dropout: 0.3 }],
    batchSize: 8,
    optimizer: 'adam',
    engine,
    epochs: engine === 'typed' ? 40 : 8,
    validation: { split: 0.2 },
  },
})

async function hashesOf(service: Service, model: string): Promise<unknown> {
  const { files } = Manifest.parse((await service.request(`/models/${model}/versions/1`)).body)
  return ['weights.bin', 'history.json', 'encoder.json'].map((name) => files[name]?.sha256)
}

describe('a job whose process is killed between two epochs', () => {
  const deployments = KINDS.filter(hasServers).filter((kind) => kind !== 'embedded')
  it.each(deployments)(
    'continues from its checkpoint and ends with the same weights, bit for bit: %s',
    async (kind) => {
      const fleet = await startFleet(kind)
      await fleet.api.upload('reviews', join(EXAMPLES, 'reviews.csv'))
      const store = await fleet.openStore()
      for (const engine of ['typed', 'tensorflow'] as const) {
        const straight = await fleet.api.submit(order(`straight-${engine}`, engine))
        expect(await fleet.api.finished(straight.id)).toMatchObject({ state: 'completed', attempt: 1 })
        const { id } = await fleet.api.submit(order(`killed-${engine}`, engine))
        await fleet.api.fitting(id, 3)
        await expect
          .poll(async () => (await store.children(`jobs/${id}/checkpoints/`)).length)
          .toBeGreaterThan(0)
        expect(await fleet.kill('child')).toBe(true)
        await fleet.api.until(id, ({ attempt, progress }) => attempt === 2 && (progress?.epoch ?? 0) > 3)
        await fleet.kill('worker')
        expect(await fleet.api.finished(id)).toMatchObject({ state: 'completed', version: 1 })
        expect((await store.children(`jobs/${id}/attempts/`)).length).toBeGreaterThan(1)
        expect(await hashesOf(fleet.api, `killed-${engine}`)).toEqual(
          await hashesOf(fleet.api, `straight-${engine}`),
        )
        expect(await store.children(`jobs/${id}/checkpoints/`)).toEqual([])
      }
      expect(await fleet.stop()).toEqual([0, 0])
    },
    600_000,
  )
})
