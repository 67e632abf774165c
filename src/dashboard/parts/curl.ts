import { SERVICE } from '../api/client.ts'
import { commandOf } from './command.ts'

/** Writes the curl command that sends a JSON body. */
export function curlOf(path: string, body: unknown, hasKey: boolean): string {
  const json = JSON.stringify(body, null, 2)
  return commandOf(
    { method: 'POST', url: SERVICE + path, accept: undefined, body: json, file: undefined },
    hasKey,
  )
}
