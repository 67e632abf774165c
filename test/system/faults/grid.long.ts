import { describe, it } from 'vitest'
import { hasServers } from './fleet.ts'
import { searchUnderFire } from './grid.ts'
import { LENGTH, say } from './options.ts'

describe.skipIf(!hasServers('redis+s3'))('a search over two machines whose processes are killed', () => {
  it('ends like an undisturbed search, with a kill for each trial', async () => {
    await searchUnderFire({ kills: 16, seed: LENGTH.seed, say })
    say('search: 16 trials, 16 kills: the same winner and the same weights')
  }, 1_800_000)
})
