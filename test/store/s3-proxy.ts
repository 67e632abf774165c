import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The fate of a request: an answer of the test, or the server's, cut off if wanted. */
export type Trouble = (
  request: IncomingMessage,
) => 'pass' | 'drop-answer' | 'flip-byte' | 'cut-body' | Refusal

/** An error as S3 tells it. */
export interface Refusal {
  status: number
  code: string
}

/** Stands before a server and makes trouble on the way, also in both directions of a body. */
export async function startProxy(port: number, trouble: Trouble) {
  const proxy = createServer((asked, answered) => {
    const what = trouble(asked)
    if (typeof what === 'object') return refuse(asked, answered, what)
    const { method, url: path, headers } = asked
    const forwarded = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      if (what === 'drop-answer') {
        answer.resume()
        answer.on('end', () => asked.socket.destroy())
        return
      }
      answered.writeHead(answer.statusCode ?? 500, answer.headers)
      if (what === 'pass') return void answer.pipe(answered)
      answer.once('data', (chunk: Buffer) => {
        if (what === 'flip-byte') chunk[0] = (chunk[0] ?? 0) ^ 1
        answered.write(chunk)
        if (what === 'cut-body') answered.destroy()
        else answer.pipe(answered)
      })
    })
    forwarded.on('error', () => answered.destroy())
    asked.pipe(forwarded)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async close() {
      proxy.closeAllConnections()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}

function refuse(asked: IncomingMessage, answered: ServerResponse, { status, code }: Refusal): void {
  asked.resume()
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>secret words</Message></Error>`
  answered.writeHead(status, { 'content-type': 'application/xml' })
  answered.end(asked.method === 'HEAD' ? undefined : body)
}
