import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createRedisQueue } from '../../../src/jobs/queue/redis.ts'

/** A server that notes the commands that it is sent, and answers each as a test says. */
async function listening(answer: (command: readonly string[]) => string) {
  const commands: string[][] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      for (const command of commandsIn(bytes.toString())) {
        commands.push(command)
        socket.write(answer(command))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a port')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { commands, sockets, host: `127.0.0.1:${address.port}` }
}

/** Returns the commands of whole requests (RESP: the number of words, then each behind its length). */
function commandsIn(text: string): string[][] {
  return text
    .split(/^\*\d+\r\n/m)
    .filter((request) => request !== '')
    .map((request) => request.split('\r\n').filter((_, line) => line % 2 === 1))
}

/** Opens a queue until the end of the test. */
async function opened(url: string) {
  const errors: Error[] = []
  const queue = await createRedisQueue({ url, onError: (error) => errors.push(error) })
  onTestFinished(() => queue.close())
  return { queue, errors }
}
/** Lets a client in, and does nothing else for it. */
const letsIn = ([name = '']: readonly string[]) =>
  /^(hello|auth|select|client)$/i.test(name) ? '+OK\r\n' : '-ERR not today\r\n'
/** Returns the users and passwords that a server was greeted with. */
const logins = (commands: readonly string[][]) =>
  commands.flatMap(([name, , word, ...login]) => (name === 'hello' && word === 'AUTH' ? [login] : []))

it('a server is asked with its user, password and database', async () => {
  const { commands, host } = await listening(letsIn)
  await opened(`redis://me:word@${host}/3`)
  expect(logins(commands)[0]).toEqual(['me', 'word'])
  expect(commands).toContainEqual(['select', '3'])
  expect(commands.flat()).not.toContain('cluster')
})

it('a password alone has no user, and neither is sent where the address has none', async () => {
  const withWord = await listening(letsIn)
  await opened(`redis://:word@${withWord.host}`)
  expect(logins(withWord.commands)[0]).toEqual(['default', 'word'])
  const plain = await listening(letsIn)
  await opened(`redis://${plain.host}`)
  expect(plain.commands.length).toBeGreaterThan(0)
  expect(logins(plain.commands)).toEqual([])
})

it('a cluster is asked which of its nodes has what', async () => {
  const { commands, host } = await listening(letsIn)
  await opened(`redis+cluster://me:word@${host}`)
  await vi.waitUntil(() => commands.flat().some((word) => /^slots$/i.test(word)), { timeout: 10_000 })
  expect(commands).toContainEqual(['auth', 'me', 'word'])
})

it('sentinels are asked for the primary by its name, with a password of their own', async () => {
  const { commands, host } = await listening((command) => (command[0] === 'sentinel' ? '*-1\r\n' : '+OK\r\n'))
  await opened(`redis+sentinel://me:word@${host}/0?name=main&sentinelUsername=us&sentinelPassword=theirs`)
  await vi.waitUntil(() => commands.some(([name]) => name === 'sentinel'), { timeout: 10_000 })
  expect(commands).toContainEqual(['sentinel', 'get-master-addr-by-name', 'main'])
  expect(new Set(logins(commands).map((login) => login.join(' ')))).toEqual(new Set(['us theirs']))
})

it('a server that is away is no failure, and calls say so; all connections end with the queue', async () => {
  const { queue, errors } = await opened('redis://127.0.0.1:1')
  expect(errors[0]?.message).toContain('ECONNREFUSED')
  await expect(queue.ping()).rejects.toMatchObject({ code: 'queue-unavailable' })
  queue.subscribe(() => {})
  await queue.close()
  expect(errors.filter((error) => error instanceof TypeError)).toEqual([])
}, 30_000)

it('what is no address of a Redis is refused', async () => {
  await expect(createRedisQueue({ url: 'http://127.0.0.1:1' })).rejects.toThrow(
    'Expected the address of a Redis',
  )
})
