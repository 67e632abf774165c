import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server on loopback that takes its time, or lets nothing through for a while. */
export async function startSlowLink(port: number, delayMs: number) {
  const sockets = new Set<Socket>()
  let waiting: Promise<void> | undefined
  let goOn = () => {}
  const carry = (from: Socket, to: Socket) => {
    let last: Promise<unknown> = Promise.resolve()
    const later = (then: () => void) => {
      const due = new Promise((resolve) => setTimeout(resolve, delayMs))
      // In their order, and none before its time.
      last = last
        .then(() => due)
        .then(() => waiting)
        .then(then)
    }
    from.on('data', (bytes) => later(() => to.writable && to.write(bytes)))
    from.on('end', () => later(() => to.end()))
    for (const event of ['error', 'close']) from.on(event, () => later(() => to.destroy()))
  }
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    }
    carry(near, far)
    carry(far, near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      waiting = new Promise((resolve) => {
        goOn = resolve
      })
    },
    release() {
      waiting = undefined
      goOn()
    },
    async close() {
      goOn()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
