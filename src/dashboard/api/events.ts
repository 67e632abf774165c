import { goodResponse, SERVICE, send } from './client.ts'

/** A server-sent event. */
export interface ServerEvent {
  name: string
  data: unknown
}

/**
 * Reads the events of an address until they end. `EventSource` cannot send an API key without putting it into the
 * address, so this reads the stream of a `fetch`.
 * @param path below the service, with a slash at its start
 */
export async function* eventsOf(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const headers = { accept: 'text/event-stream' }
  const { body } = await goodResponse(send(SERVICE + path, { headers, signal }))
  if (!body) return
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parse(block)
      if (event) yield event
    }
  }
}

/** Reads one event; undefined for a comment, which only keeps the connection open. */
function parse(block: string): ServerEvent | undefined {
  const fields = block.split('\n').map((line) => line.split(/: ?(.*)/s, 2))
  const valuesOf = (name: string) =>
    fields.filter(([field]) => field === name).map(([, value]) => value ?? '')
  const data = valuesOf('data')
  if (data.length === 0) return undefined
  return { name: valuesOf('event').at(-1) ?? 'message', data: JSON.parse(data.join('\n')) }
}
