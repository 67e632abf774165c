import { expect, it, vi } from 'vitest'
import { openGate } from '../../../src/jobs/queue/gate.ts'

const until = (check: () => unknown) => vi.waitUntil(check, { timeout: 20_000, interval: 5 })

/** A gate whose work fails so many times, each time with its own error. */
function gateOf({ failures = 0, lasting = (): Error | undefined => undefined, longestWaitMs = 5 } = {}) {
  const told: string[] = []
  let tries = 0
  const gate = openGate(
    async () => {
      tries += 1
      if (tries <= failures) throw new Error(`try ${tries}`)
    },
    { lasting, onError: ({ message }) => told.push(message), longestWaitMs },
  )
  return { gate, told, tries: () => tries }
}

it('passes at once where the first try succeeds', async () => {
  const lasting = vi.fn(() => new Error('for good'))
  const { gate, told, tries } = gateOf({ lasting })
  await gate.tried
  await gate.passed
  await gate.wait(new AbortController().signal)
  expect([told, tries(), lasting.mock.calls]).toEqual([[], 1, []])
})

it('tries again until it succeeds, and tells of each failure', async () => {
  const { gate, told, tries } = gateOf({ failures: 3 })
  await gate.tried
  expect(tries()).toBe(1)
  let passed = false
  const waited = gate.wait(new AbortController().signal).then(() => {
    passed = true
  })
  expect(passed).toBe(false)
  await gate.passed
  await waited
  expect([told, tries()]).toEqual([['try 1', 'try 2', 'try 3'], 4])
})

it('waits twice as long from try to try, up to the limit', async () => {
  const before = performance.now()
  const { gate } = gateOf({ failures: 3, longestWaitMs: 150 })
  await gate.passed
  // 100 ms, 150 ms and 150 ms; timers may be early by a millisecond.
  expect(performance.now() - before).toBeGreaterThan(390)
})

it('ends after a first failure that another try would not mend', async () => {
  const { gate, told, tries } = gateOf({ failures: 1, lasting: () => new Error('for good') })
  await expect(gate.tried).rejects.toThrow('for good')
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect([told, tries()]).toEqual([[], 1])
})

it('asks only after the first try whether another one is pointless', async () => {
  let asked = 0
  const { gate } = gateOf({
    failures: 2,
    lasting: () => {
      asked += 1
      return asked > 1 ? new Error('for good') : undefined
    },
  })
  await gate.passed
  expect(asked).toBe(1)
})

it('waits no longer than its caller', async () => {
  const { gate } = gateOf({ failures: 1_000 })
  await gate.tried
  await expect(gate.wait(AbortSignal.abort())).rejects.toThrow('Not connected')
  const controller = new AbortController()
  const waited = gate.wait(controller.signal)
  controller.abort()
  await expect(waited).rejects.toThrow('Not connected')
  gate.close()
})

it('tries nothing more once it is closed', async () => {
  const { gate, told, tries } = gateOf({ failures: 1_000 })
  await until(() => tries() >= 3)
  gate.close()
  const count = tries()
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(tries()).toBe(count)
  expect(told).toHaveLength(count)
  const early = gateOf({ failures: 1_000 })
  early.gate.close()
  await early.gate.tried
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect([early.told, early.tries()]).toEqual([[], 1])
})

it('takes a failure without an error for one', async () => {
  const told: unknown[] = []
  let tries = 0
  const gate = openGate(
    async () => {
      tries += 1
      if (tries === 1) await Promise.reject(undefined)
    },
    { lasting: () => undefined, onError: (error) => told.push(error.message), longestWaitMs: 5 },
  )
  await gate.passed
  expect(told).toEqual(['unknown'])
})
