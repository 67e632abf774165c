import type { MadeCall } from '../api/calls.ts'
import { SERVICE } from '../api/client.ts'

/** Writes the curl command that sends a JSON body. */
export function curlOf(path: string, body: unknown, hasKey: boolean): string {
  const json = JSON.stringify(body, null, 2)
  return commandOf({ method: 'POST', url: SERVICE + path, body: json, file: undefined }, hasKey)
}

/** Writes the curl command that makes a call once more. A file stands there as `FILE`, a key as the variable `KEY`. */
export function commandOf({ method, url, body, file }: Omit<MadeCall, 'status'>, hasKey: boolean): string {
  const hasBody = body !== undefined || file !== undefined
  const isUsual = method === (hasBody ? 'POST' : 'GET')
  return [
    'curl',
    ...(isUsual ? [] : [`-X ${method}`]),
    quoted(url),
    ...(hasKey ? ['-H "Authorization: Bearer $KEY"'] : []),
    ...(hasBody ? [`-H ${quoted(`Content-Type: ${file ?? 'application/json'}`)}`] : []),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
    ...(file === undefined ? [] : ['--data-binary @FILE']),
  ].join(' ')
}

/** Quotes a text for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
