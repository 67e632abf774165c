import { SERVICE } from '../api/client.ts'

/** Writes the curl command that sends a JSON body. */
export function curlOf(path: string, body: unknown, hasKey: boolean): string {
  const key = hasKey ? ` -H "Authorization: Bearer $KEY"` : ''
  const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''")
  return `curl '${SERVICE}${path}'${key} -H 'Content-Type: application/json' -d '${json}'`
}
