import { Socket } from 'node:net'
import {
  assertSchemaCompatibility,
  type BackendFactory,
  type ConnectionOptions,
  LATEST_SCHEMA_VERSION,
  type PgPool,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  quoteSchemaName,
  runMigrations,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
} from 'bullmq'
import { Pool, type PoolConfig } from 'pg'
import { FitserveError } from '../../errors.ts'
import { serial } from '../../runtime/serial.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'
import { type BullBackend, QUEUE_NAME } from './bullmq-backend.ts'
import { type BullQueueOptions, createBullQueue } from './bullmq-queue.ts'
import type { JobQueue } from './contract.ts'
import { type Gate, openGate } from './gate.ts'
import { byServerClock } from './server-clock.ts'

/** Options of the queue on PostgreSQL. */
export interface PostgresQueueOptions extends BullQueueOptions {
  /** The server's address, which begins with `postgres://` or `postgresql://`. */
  url: string
}

/** The schema of the queue. BullMQ's own could belong to another program in the same database. */
export const SCHEMA = 'fitserve'
/** Connections of a process; a worker keeps two of them to listen on. */
const CONNECTIONS = 8
/** Limit on a new connection, in ms. */
const CONNECT_MS = 2_500
/** Limit on a statement, in ms. The migrations of a new release are not limited. */
const STATEMENT_MS = 10_000
/** Idle time after which TCP probes whether the server is still there, in ms. */
const KEEPALIVE_MS = 10_000
/** Limit on the growing wait between two tries to reach the server, in ms. */
const LONGEST_WAIT_MS = 2_000
/** Limit on the close of the pool, in ms; then its connections are cut. */
const CLOSE_MS = 500

/**
 * Opens the queue on PostgreSQL, with BullMQ's own backend, in a schema that the first process makes. The server need
 * not be there yet: calls fail until it is, and workers keep trying.
 * @throws FitserveError `queue-unavailable` if the server answers and refuses for good
 */
export async function createPostgresQueue(options: PostgresQueueOptions): Promise<JobQueue> {
  const onError = (error: Error) => options.onError?.(error)
  const connections = openPool(options.url, onError)
  const gate = openGate(() => prepare(connections.pool), {
    lasting: refusalOf,
    onError,
    longestWaitMs: LONGEST_WAIT_MS,
  })
  try {
    await gate.tried
  } catch (error) {
    await connections.close()
    throw error
  }
  return createBullQueue(postgresBackend(connections, gate), options)
}

/** Opens a pool whose connections can be cut, since one to a server that hangs would be kept forever. */
function openPool(connectionString: string, onError: (error: Error) => void) {
  const sockets = new Set<Socket>()
  const config: PoolConfig = {
    connectionString,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
    query_timeout: STATEMENT_MS,
    application_name: 'fitserve',
    onConnect: (client) => client.query(`SET search_path TO ${quoteSchemaName(SCHEMA)}`),
    stream() {
      const socket = new Socket()
      sockets.add(socket)
      return socket.on('close', () => sockets.delete(socket))
    },
  }
  const pool = new Pool(config).setMaxListeners(0)
  pool.on('error', onError)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    pool,
    cut,
    async close() {
      // It waits for connections that are in use, also those that listen.
      await withTimeout(pool.end().catch(onError), CLOSE_MS, () => undefined)
      cut()
    },
  }
}

/** Creates or updates the schema. If several processes do so at once, one does the work and the others wait. */
async function prepare(pool: Pool): Promise<void> {
  const client = await pool.connect()
  let failed = true
  try {
    const version = await assertSchemaCompatibility(client, SCHEMA).catch((error: unknown) => {
      if (codeOf(error) === UNDEFINED || nameOf(error) === 'SchemaMigrationRequiredError') return 0
      throw error
    })
    // A user that may use the schema need not be allowed to make one.
    if (version < LATEST_SCHEMA_VERSION) await runMigrations(client, SCHEMA)
    failed = false
  } finally {
    client.release(failed)
  }
}

/** SQLSTATE invalid_schema_name: the schema is not there. */
const UNDEFINED = '3F000'

/** Returns the error for a refusal that only a person can resolve; undefined if the failure is transient. */
function refusalOf(error: unknown): FitserveError | undefined {
  const code = codeOf(error)
  const sentence = code.startsWith('28')
    ? 'The database does not accept the user and password of DATABASE_URL.'
    : code === '3D000'
      ? 'The database that DATABASE_URL names does not exist.'
      : code === '42501'
        ? `The user of DATABASE_URL may neither create nor use the schema "${SCHEMA}" in the database.`
        : error instanceof UnsupportedPostgresVersionError
          ? 'The database of DATABASE_URL is older than PostgreSQL 13, the oldest version that the queue supports.'
          : error instanceof SchemaVersionMismatchError
            ? 'The queue in the database was made by a later release of fitserve. Start that release, or set another DATABASE_URL.'
            : undefined
  if (sentence === undefined) return undefined
  return new FitserveError('queue-unavailable', sentence, { cause: new Error(code || nameOf(error)) })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function postgresBackend(connections: ReturnType<typeof openPool>, gate: Gate): BullBackend {
  const { pool, cut, close } = connections
  /** BullMQ's own connection checks for its usual schema, and tries a server that is down only once. */
  class Connection extends PostgresConnection {
    override readonly schema: string = SCHEMA
    override async waitUntilReady(): Promise<void> {
      await gate.passed
      setTimeout(() => this.emit('ready'), 0)
    }
  }
  const factory: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, opts, more) => {
    const clocked = clockedByServer(pool)
    const own = sharing(more?.withBlockingConnection ? inOrder(clocked) : clocked)
    // Workers are counted by the name of the connection on which they listen.
    const listener = more?.withBlockingConnection ? name : undefined
    return new PostgresQueueBackend(new Connection(own), name, opts, true, listener)
  }
  return {
    factory: factory as unknown as BackendFactory,
    connection: pool as unknown as ConnectionOptions,
    drainDelay: 5,
    reachable: (signal) => gate.wait(signal),
    ping: () => pool.query('SELECT 1'),
    reconnect: cut,
    async newestEvent() {
      const sql = 'SELECT coalesce(max(id), 0)::text AS id FROM event WHERE queue = $1'
      const { rows } = await pool.query<{ id: string }>(sql, [QUEUE_NAME])
      return rows[0]?.id ?? '0'
    },
    async close() {
      gate.close()
      await close()
    },
  }
}

/** Returns the pool in BullMQ's type. */
function sharing(pool: Pool): PgPool {
  return pool as unknown as PgPool
}

/** Returns the pool with the server's time in BullMQ's statements. */
function clockedByServer(pool: Pool): Pool {
  /** By BullMQ's own text; there are some hundred. */
  const clocked = new Map<string, string>()
  const query = (text: string, params?: unknown[]) => {
    const own = clocked.get(text) ?? byServerClock(text)
    clocked.set(text, own)
    return pool.query(own, params)
  }
  return new Proxy(pool, { get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)) })
}

/**
 * Returns the pool with its statements run one after the other, for a worker. BullMQ does not wait until a job's
 * progress is written, and on several connections an earlier message could come last.
 */
function inOrder(pool: Pool): Pool {
  const oneAtATime = serial()
  const query = (text: string, params?: unknown[]) => oneAtATime(() => pool.query(text, params))
  return new Proxy(pool, { get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)) })
}
