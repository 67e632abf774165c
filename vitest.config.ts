import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more test processes at once only slow each other, and TensorFlow is large.
    maxWorkers: 2,
    pool: 'forks',
    // A busy machine may upset a test of processes and their clocks once; `npm test` names what needed a second try.
    // A property that failed has found a counterexample, which another try would only miss.
    retry: { count: process.env['CI'] === 'true' ? 1 : 0, condition: /^(?!Property failed)/ },
  },
})
