import { defineConfig } from 'vitest/config'

/** Tests of processes and their clocks, which a busy machine may upset. */
const PROCESSES = ['test/system/**/*.test.ts', 'test/jobs/queue/**/*.test.ts', 'test/dashboard/**/*.test.ts']

export default defineConfig({
  test: {
    // These end a test that hangs. They are no measure of pace: other work may keep the machine busy.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 20_000 } },
    // Two cores: more test processes at once only slow each other, and TensorFlow is large.
    maxWorkers: 2,
    pool: 'forks',
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: PROCESSES } },
      // A second try is reported, and the run allows few of them; see scripts/test/report.mjs.
      {
        extends: true,
        test: {
          name: 'processes',
          include: PROCESSES,
          retry: 1,
          globalSetup: 'test/helpers/queue-template.ts',
        },
      },
    ],
  },
})
