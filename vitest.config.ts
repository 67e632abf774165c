import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more test processes at once only slow each other, and TensorFlow is large.
    maxWorkers: 2,
    pool: 'forks',
  },
})
