import { defineConfig } from 'vitest/config'

/** The tests that `npm run test:mutants` runs against each fault; see scripts/test-mutants.mjs. */
export default defineConfig({
  test: {
    include: (process.env['MUTANTS_TESTS'] ?? '').split(' ').filter((path) => path !== ''),
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
