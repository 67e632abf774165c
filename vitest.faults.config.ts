import { defineConfig } from 'vitest/config'

/** The long form of the tests of faults: `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ['test/system/faults/**/*.{test,long}.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    globalSetup: 'test/helpers/queue-template.ts',
    maxWorkers: 1,
    pool: 'forks',
    disableConsoleIntercept: true,
  },
})
