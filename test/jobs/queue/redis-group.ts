import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { bound } from '../../helpers/bound.ts'
import { freePort } from '../../helpers/server-process.ts'

interface Node {
  port: number
  child: ChildProcess
  ask(...command: [string, ...(string | number)[]]): Promise<string>
}

/** Makes a group of Redis processes on free ports of loopback, which end together. */
async function startGroup() {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-redis-group-'))
  const nodes: Node[] = []
  return {
    folder,
    async start(port: number, settings: string[], password?: string): Promise<Node> {
      const child = spawn(...bound('redis-server', settings), { stdio: 'ignore', cwd: folder })
      await once(child, 'spawn')
      const login = password === undefined ? {} : { password }
      const ask: Node['ask'] = async (name, ...args) => {
        const client = new Redis({
          port,
          host: '127.0.0.1',
          ...login,
          retryStrategy: () => null,
          lazyConnect: true,
        })
        client.on('error', () => {})
        try {
          await client.connect()
          return String(await client.call(name, ...args))
        } finally {
          client.disconnect()
        }
      }
      const node = { port, child, ask }
      nodes.push(node)
      while ((await ask('PING').catch(() => '')) !== 'PONG') await sleep(20)
      return node
    },
    async close() {
      for (const { child } of nodes) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const own = (port: number) => ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '']

/** A cluster of three nodes, each with a third of the slots. */
export async function startCluster() {
  const group = await startGroup()
  const nodes: Node[] = []
  for (let n = 0; n < 3; n += 1) {
    const port = await freePort()
    const bus = await freePort()
    const cluster = [
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      `${bus}`,
      '--cluster-config-file',
      `${port}.conf`,
    ]
    nodes.push(await group.start(port, [...own(port), ...cluster]))
    const from = Math.ceil((16_384 / 3) * n)
    const to = Math.ceil((16_384 / 3) * (n + 1)) - 1
    await nodes[n]!.ask('CLUSTER', 'ADDSLOTSRANGE', from, to)
    await nodes[n]!.ask('CLUSTER', 'SET-CONFIG-EPOCH', n + 1)
    if (n > 0) await nodes[0]!.ask('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  }
  for (const { ask } of nodes)
    while (!(await ask('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50)
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    close: group.close,
  }
}

/** A primary with a password, its replica, and a sentinel that lets the replica take over within seconds. */
export async function startSentinel() {
  const group = await startGroup()
  const login = ['--requirepass', 'hidden', '--masterauth', 'hidden']
  const first = await freePort()
  const second = await freePort()
  const port = await freePort()
  const primary = await group.start(first, [...own(first), ...login], 'hidden')
  const replica = ['--replicaof', `127.0.0.1 ${first}`]
  const standby = await group.start(second, [...own(second), ...login, ...replica], 'hidden')
  const config = join(group.folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor queue 127.0.0.1 ${first} 1`,
    'sentinel auth-pass queue hidden',
    'sentinel down-after-milliseconds queue 700',
    'sentinel failover-timeout queue 3000',
    '',
  ]
  await writeFile(config, lines.join('\n'))
  const sentinel = await group.start(port, [config, '--sentinel'])
  while (!(await standby.ask('INFO', 'replication')).includes('master_link_status:up')) await sleep(50)
  while (!(await sentinel.ask('SENTINEL', 'REPLICAS', 'queue')).includes(`${second}`)) await sleep(100)
  return {
    url: `redis+sentinel://:hidden@127.0.0.1:1,127.0.0.1:${port}/0?name=queue`,
    primary: `redis://127.0.0.1:${first}`,
    /** Ends the primary as a power cut would, once its replica has what it has. */
    async killPrimary() {
      while ((await offsetOf(primary)) !== (await offsetOf(standby))) await sleep(20)
      primary.child.kill('SIGKILL')
    },
    close: group.close,
  }
}

/** Returns the replication offset of a node. */
async function offsetOf(node: Node): Promise<string | undefined> {
  return /master_repl_offset:(\d+)/.exec(await node.ask('INFO', 'replication'))?.[1]
}
