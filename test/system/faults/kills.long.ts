import { describe, it } from 'vitest'
import { hasServers, KINDS } from './fleet.ts'
import { killAtRandom } from './kills.ts'
import { LENGTH, say } from './options.ts'

describe('processes that are killed while clients work', () => {
  it.each(KINDS.filter(hasServers))(
    'lose, duplicate and mix up nothing: %s',
    async (kind) => {
      const journal = await killAtRandom({ kind, rounds: LENGTH.rounds, seed: LENGTH.seed, say })
      say(`${kind}: ${LENGTH.rounds} kills, ${journal.summary}: nothing lost, doubled or mixed`)
    },
    3_600_000,
  )
})
