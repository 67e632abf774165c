import { isIP } from 'node:net'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DatasetSource } from '../../dataset-source.ts'
import { FitserveError } from '../../errors.ts'
import { bareHost, isListed, isLocalName, isPrivate } from '../../runtime/addresses.ts'

/** An address that may be fetched. */
export type Allowed =
  | {
      type: 'web'
      url: URL
      /** Whether its host may have a private address: the operator has named just this host. */
      mayBePrivate: boolean
    }
  | { type: 's3'; bucket: string; key: string }
  | {
      type: 'file'
      path: string
      /** The folder that it must be in once links are followed. */
      folder: string
    }

/**
 * Returns what an address means. @throws FitserveError `invalid-request` if it is no address, or no source has it. The
 * message does not tell which sources exist.
 */
export function allowedAddress(text: string, sources: readonly DatasetSource[]): Allowed {
  const problem = (message: string) =>
    new FitserveError('invalid-request', message, { problems: [{ path: '/url', message }] })
  if (sources.length === 0)
    throw problem(
      'This service fetches no data sets: DATASET_SOURCES of the service is not set. Upload the file.',
    )
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(text) ?? []
  if (bucket !== undefined && key !== undefined) {
    const isAllowed = sources.some(
      (each) => each.type === 's3' && each.bucket === bucket && key.startsWith(each.prefix),
    )
    if (isAllowed) return { type: 's3', bucket, key }
  } else if (/^file:/i.test(text) && URL.canParse(text)) {
    const path = pathOf(text)
    for (const source of path === undefined ? [] : sources)
      if (source.type === 'file' && path?.startsWith(join(source.folder, sep)))
        return { type: 'file', path, folder: source.folder }
  } else if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    const allowed = allowedUrl(new URL(text), sources)
    if (allowed) return allowed
  } else
    throw problem(
      'Expected an address such as "https://example.com/data.csv", "s3://bucket/data.csv" or "file:///srv/data.csv"',
    )
  throw problem(
    'DATASET_SOURCES of the service does not name this address. Ask its operator, or upload the file.',
  )
}

/** Returns the address of a web server if a source has it; also asked for each redirect. */
export function allowedUrl(
  url: URL,
  sources: readonly DatasetSource[],
): Extract<Allowed, { type: 'web' }> | undefined {
  if (url.username !== '' || url.password !== '') return undefined
  const host = bareHost(url.hostname)
  const fitting = sources.filter(
    (each) =>
      each.type === 'web' &&
      each.protocol === url.protocol &&
      each.port === url.port &&
      url.pathname.startsWith(each.path) &&
      isListed(host, [each.host]),
  )
  if (fitting.length === 0) return undefined
  const mayBePrivate = fitting.some((each) => each.type === 'web' && bareHost(each.host) === host)
  if (!mayBePrivate && (isLocalName(host) || (isIP(host) !== 0 && isPrivate(host)))) return undefined
  return { type: 'web', url, mayBePrivate }
}

function pathOf(url: string): string | undefined {
  try {
    // Dots are resolved by the URL; an encoded slash or NUL throws.
    const path = fileURLToPath(url)
    return path.includes('\0') ? undefined : path
  } catch {
    return undefined
  }
}
