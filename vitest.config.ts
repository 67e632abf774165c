import { defineConfig } from 'vitest/config'

/** Tests of processes and their clocks, which a busy machine may upset. */
const PROCESSES = ['test/system/**/*.test.ts', 'test/jobs/queue/**/*.test.ts', 'test/dashboard/**/*.test.ts']

/**
 * Tests that replace modules, give a clock one time after another, or count what the process has loaded, allocated and
 * started.
 */
const ALONE = [
  'test/api/access.test.ts',
  'test/api/streams/event-frames.test.ts',
  'test/api/streams/lines.test.ts',
  'test/datasets/crash.test.ts',
  'test/jobs/attempt/wait-for-store.test.ts',
  'test/jobs/orders/idempotency.test.ts',
  'test/models/encoders/words/json-text.test.ts',
  'test/serving/large.test.ts',
  'test/training/arithmetic.test.ts',
  'test/training/no-room.test.ts',
]

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
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...PROCESSES, ...ALONE],
          // Files share a process, because most of them take longer to load what they test than to test it.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
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
