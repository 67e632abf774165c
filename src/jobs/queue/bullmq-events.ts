import { setTimeout as sleep } from 'node:timers/promises'
import { QueueEvents } from 'bullmq'
import {
  type BullBackend,
  type BullEvents,
  type BullQueue,
  QUEUE_NAME,
  type Settings,
} from './bullmq-backend.ts'
import type { QueueEvent } from './contract.ts'

/** Time between two attempts to find the newest event, in ms. */
const RETRY_MS = 1_000

type Listener = (event: QueueEvent) => void

/** The events of the workers of all processes. */
export interface QueueEventFeed {
  /** Calls the listener with each event from now on. @returns a function that ends the subscription */
  subscribe(listener: Listener): () => void
  /** Ends all subscriptions, and the connection. */
  close(): Promise<void>
}

/** Creates the feed of events. It connects at the first subscription. */
export function createQueueEventFeed(
  backend: BullBackend,
  settings: Settings,
  queue: BullQueue,
  onError: (error: Error) => void,
): QueueEventFeed {
  const listeners = new Set<Listener>()
  const closed = new AbortController()
  let connecting: Promise<BullEvents> | undefined

  const notify = (event: QueueEvent) => {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        onError(error as Error)
      }
    }
  }

  /** Tries until the server answers, or the feed is closed. The same failure is reported once. */
  const newestEvent = async (): Promise<string> => {
    for (let reported: string | undefined; ; ) {
      try {
        await backend.reachable(closed.signal)
        return await backend.newestEvent(queue)
      } catch (error) {
        closed.signal.throwIfAborted()
        const { message } = error as Error
        if (message !== reported) onError(error as Error)
        reported = message
        await sleep(RETRY_MS, undefined, { signal: closed.signal })
      }
    }
  }

  const connect = async (): Promise<BullEvents> => {
    // With a fixed start, events that happen while a connection is lost come later, not never.
    const lastEventId = await newestEvent()
    const events: BullEvents = new QueueEvents(QUEUE_NAME, { ...settings, lastEventId }, backend.factory)
    events.on('error', onError)
    events.on('active', ({ jobId }) => notify({ type: 'active', id: jobId }))
    events.on('progress', ({ jobId, data }) => notify({ type: 'progress', id: jobId, progress: data }))
    events.on('completed', ({ jobId }) => notify({ type: 'completed', id: jobId }))
    events.on('failed', ({ jobId, failedReason }) =>
      notify({ type: 'failed', id: jobId, reason: failedReason }),
    )
    events.on('removed', ({ jobId }) => notify({ type: 'removed', id: jobId }))
    return events
  }

  return {
    subscribe(listener) {
      // The same function may subscribe twice and unsubscribe once.
      const own: Listener = (event) => listener(event)
      listeners.add(own)
      connecting ??= connect()
      connecting.catch((error) => {
        if (!closed.signal.aborted) onError(error)
      })
      return () => void listeners.delete(own)
    },
    async close() {
      closed.abort()
      listeners.clear()
      // Its failure was reported when it was subscribed.
      const events = await connecting?.catch(() => undefined)
      await events?.close()
    },
  }
}
