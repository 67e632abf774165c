import type { QueueSettings } from '../../config/queue.ts'
import type { JobQueue } from './contract.ts'

/** Functions that are called when something happens in the background, to log it. */
export interface QueueListeners {
  /** A connection failed or was lost; it is tried again. */
  onError: (error: Error) => void
  /** The embedded queue can be used again after an error. Servers are connected to again without a word. */
  onRecovered: () => void
  /** The server is set up in a way that may lose jobs. */
  onWarning: (message: string, details: Record<string, unknown>) => void
}

/** Loads and opens a queue backend. */
export interface QueueBackend<Settings extends QueueSettings> {
  /**
   * Packages that this backend alone imports, as esbuild's `external` takes them. They stay out of the bundle, and no
   * program may load them before the backend is opened.
   */
  packages: readonly string[]
  /**
   * Loads the backend's module and opens the queue.
   * @throws FitserveError `queue-unavailable` if the server refuses for good, or the folder cannot be used
   */
  open(settings: Settings, listeners: QueueListeners): Promise<JobQueue>
}

type SettingsByType = { [Settings in QueueSettings as Settings['type']]: Settings }
type Type = keyof SettingsByType
/** Written so that the compiler sees that settings and backend belong together. */
type SettingsOf<T extends Type> = { [Each in T]: { type: Each } & SettingsByType[Each] }[T]

/**
 * Every queue backend by the type of its settings. A new one is a type in config/queue.ts, an entry here and a module
 * beside this one, tried by the suite in test/contracts/queue.ts.
 */
export const QUEUE_BACKENDS: { readonly [T in Type]: QueueBackend<SettingsOf<T>> } = {
  redis: {
    packages: ['ioredis'],
    async open({ url }, { onError, onWarning }) {
      const { createRedisQueue } = await import('./redis.ts')
      const onEviction = (policy: string) =>
        onWarning('Redis may evict jobs: set maxmemory-policy to noeviction', { policy })
      return createRedisQueue({ url, onError, onEviction })
    },
  },
  postgres: {
    packages: ['pg'],
    async open({ url }, { onError }) {
      const { createPostgresQueue } = await import('./postgres.ts')
      return createPostgresQueue({ url, onError })
    },
  },
  embedded: {
    packages: ['@electric-sql/*'],
    async open({ folder }, { onError, onRecovered }) {
      const { createEmbeddedQueue } = await import('./embedded.ts')
      return createEmbeddedQueue({ folder, onError, onRecovered })
    },
  },
}

/** Opens the queue that the settings name, and loads no other backend than its own. @throws see `QueueBackend.open` */
export function openQueue<T extends Type>(
  settings: SettingsOf<T>,
  listeners: QueueListeners,
): Promise<JobQueue> {
  return QUEUE_BACKENDS[settings.type].open(settings, listeners)
}
