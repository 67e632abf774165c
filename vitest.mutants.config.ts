import { defineConfig } from 'vitest/config'
import { InOrder } from './scripts/mutants/in-order.ts'
import { readersInside } from './scripts/mutants/readers-inside.ts'
import { warmThread } from './scripts/mutants/warm-thread.ts'

/** The tests that `npm run test:mutants` runs against each fault; see scripts/test-mutants.mjs. */
export default defineConfig({
  plugins: [warmThread(), readersInside()],
  test: {
    include: (process.env['MUTANTS_TESTS'] ?? '').split(' ').filter((path) => path !== ''),
    setupFiles: ['scripts/mutants/no-fault.mjs'],
    globalSetup: 'test/helpers/queue-template.ts',
    isolate: false,
    sequence: { sequencer: InOrder },
    testTimeout: 300_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
