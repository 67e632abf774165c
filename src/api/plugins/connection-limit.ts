import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { whenClosed } from '../requests/when-closed.ts'

/** Connections below the limit from which idle ones are dropped, as a share of the limit. */
const FULL = 7 / 8

/** State of an open connection. */
interface Use {
  /** Requests that are being answered; those of the fast path are answered at once and do not count. */
  requests: number
  /** Bytes that had been read when the connection was last looked at. */
  bytesRead: number
}

/**
 * Returns a function that keeps the connections of servers, all together, below a limit. Where they come close to it, a
 * new connection takes the place of the one that has been idle longest; where none is idle, Node closes the new one.
 * @param most connections at most
 * @param onFull called each time that a connection is closed to make room
 */
export function connectionLimit(most: number, onFull: () => void): (server: Server) => void {
  // In the order in which they were opened or last seen to be used.
  const connections = new Map<Socket, Use>()
  const makeRoom = () => {
    if (connections.size < most * FULL) return
    for (const [socket, use] of connections) {
      if (use.requests > 0 || socket.writableLength > 0) continue
      if (socket.bytesRead > use.bytesRead) {
        // It was used since the last look, and goes to the end, where it is met again if no other one is idle.
        use.bytesRead = socket.bytesRead
        connections.delete(socket)
        connections.set(socket, use)
        continue
      }
      connections.delete(socket)
      socket.destroy()
      return onFull()
    }
  }
  return (server) => {
    server.maxConnections = most
    server.on('drop', onFull)
    server.prependListener('connection', (socket: Socket) => {
      makeRoom()
      connections.set(socket, { requests: 0, bytesRead: 0 })
      socket.once('close', () => connections.delete(socket))
    })
    server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      count(socket, 1)
      whenClosed(response, () => count(socket, -1))
    })
  }

  function count(socket: Socket, more: number): void {
    const use = connections.get(socket)
    if (use) use.requests += more
  }
}
