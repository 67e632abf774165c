import { expect, it, onTestFinished, vi } from 'vitest'
import { waitForStore } from '../../../src/jobs/attempt/wait-for-store.ts'

const never = new AbortController().signal

/** A store that fails so many times at a step. */
function storeThat(failing: 'ping' | 'create' | 'delete' | null, times = 1) {
  const calls: string[] = []
  let left = times
  const step = (name: 'ping' | 'create' | 'delete', key = '', bytes = 0) => {
    calls.push(`${name} ${key.replace(/[0-9a-f-]{36}$/, 'ID')} ${bytes}`)
    if (name === failing && left-- > 0) throw new Error('It is away.')
  }
  return {
    calls,
    store: {
      ping: async () => step('ping'),
      create: async (key: string, bytes: Uint8Array | string) => {
        step('create', key, bytes.length)
        return true
      },
      delete: async (key: string) => step('delete', key),
    },
  }
}

const WHOLE = ['ping  0', 'create probes/ID 65536', 'delete probes/ID 0']

it('a store that answers and takes a file of 64 KiB is not waited for', async () => {
  const { store, calls } = storeThat(null)
  await waitForStore(store, never)
  expect(calls).toEqual(WHOLE)
})

it.each(['ping', 'create', 'delete'] as const)('a store that fails at %s is tried again', async (failing) => {
  const { store, calls } = storeThat(failing)
  await waitForStore(store, never)
  const failed = ['ping', 'create', 'delete'].indexOf(failing) + 1
  expect(calls).toEqual([...WHOLE.slice(0, failed), ...WHOLE])
})

it('nothing is tried after the signal, which ends a pause', async () => {
  const before = storeThat(null)
  await waitForStore(before.store, AbortSignal.abort())
  expect(before.calls).toEqual([])
  const controller = new AbortController()
  const { store, calls } = storeThat('ping', 100)
  const waits = waitForStore(store, controller.signal)
  await vi.waitUntil(() => calls.length === 1)
  controller.abort()
  await waits
  expect(calls).toHaveLength(1)
})

it.each([
  [899_999, 2],
  [900_000, 1],
])('after %i ms it is tried %i times in all', async (later, tries) => {
  const { store, calls } = storeThat('ping', 100)
  const times = [0, 0, later, 900_000]
  const now = vi.spyOn(performance, 'now').mockImplementation(() => times.shift() ?? 900_000)
  onTestFinished(() => now.mockRestore())
  await waitForStore(store, never)
  expect(calls).toHaveLength(tries)
})
