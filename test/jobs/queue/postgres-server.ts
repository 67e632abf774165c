import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePort, serverProcess } from '../../helpers/server-process.ts'

const run = promisify(execFile)
/** Debian's programs are beside each other by version and in no PATH. */
const programs = newest()
/** Where tests must be complete, a server that is missing is a failure, not a reason to skip. */
export const skipsPostgres = programs === undefined && process.env['CI'] !== 'true'

/** A PostgreSQL of our own on a free port of loopback, which keeps what it has over a stop. */
export async function startPostgres() {
  if (programs === undefined) throw new Error('PostgreSQL is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-postgres-'))
  // The server refuses to be root.
  const owner = process.getuid?.() === 0 ? accountOf('postgres') : undefined
  if (owner) await chown(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const word = join(folder, 'word')
  await writeFile(word, 'hidden-word\n', { mode: 0o644 })
  const make = [
    '-D',
    data,
    '-U',
    'fitserve',
    '--pwfile',
    word,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--no-sync',
  ]
  await run(join(programs, 'initdb'), [...make, '--locale', 'C'], { cwd: folder, ...owner })
  const port = await freePort()
  const url = `postgresql://fitserve:hidden-word@127.0.0.1:${port}/postgres`
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=16MB',
    'fsync=off',
  ]
  const server = serverProcess({
    program: join(programs, 'postgres'),
    args: ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
    options: { cwd: folder, ...owner },
    answers: () => answers(url),
    ends: 'SIGINT',
  })
  const { start, stop } = server
  await start()
  return {
    url,
    port,
    start,
    /** By SIGINT, which ends connections; by SIGQUIT it ends as in a crash. */
    stop,
    /** To the server and to each of its processes, one of which has a connection. */
    async signal(signal: NodeJS.Signals) {
      const pid = server.pid ?? 0
      const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
      for (const each of [pid, ...children.map(Number)]) process.kill(each, signal)
    },
    /** Asks as the owner of everything. */
    query: (sql: string, where = url) => asking(where, (client) => client.query(sql)),
    async close() {
      await stop('SIGQUIT')
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function asking<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function answers(url: string): Promise<boolean> {
  return asking(url, (client) => client.query('SELECT 1')).then(
    () => true,
    () => false,
  )
}

function newest(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root) : []
  const places = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
  return [...places, '/usr/local/bin', '/usr/bin'].find((place) => existsSync(join(place, 'postgres')))
}

function accountOf(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((it) => it.startsWith(`${name}:`))
  const [, , uid, gid] = (line ?? 'nobody:x:65534:65534').split(':').map(Number)
  return { uid: uid ?? 65_534, gid: gid ?? 65_534 }
}
