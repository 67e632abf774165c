import type { MadeCall } from '../api/calls.ts'

/** Writes the curl command that makes a call once more. A file stands there as `FILE`, a key as the variable `KEY`. */
export function commandOf(
  { method, url, accept, body, file }: Omit<MadeCall, 'status'>,
  hasKey: boolean,
): string {
  const hasBody = body !== undefined || file !== undefined
  const isUsual = method === (hasBody ? 'POST' : 'GET')
  return [
    'curl',
    ...(isUsual ? [] : [`-X ${method}`]),
    quoted(url),
    ...(hasKey ? ['-H "Authorization: Bearer $KEY"'] : []),
    ...(accept === undefined ? [] : [`-H ${quoted(`Accept: ${accept}`)}`]),
    ...(hasBody ? [`-H ${quoted(`Content-Type: ${file ?? 'application/json'}`)}`] : []),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
    ...(file === undefined ? [] : ['--data-binary @FILE']),
  ].join(' ')
}

/** Quotes a text for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
