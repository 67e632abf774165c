import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { DatasetSource } from '../dataset-source.ts'
import { ConfigError } from './config-error.ts'
import { type S3Access, type StoreVariables, s3Access } from './store.ts'
import { hostOf } from './webhooks.ts'

/** From where data sets may be fetched, and with which access to S3. */
export interface SourceSettings {
  allowed: readonly DatasetSource[]
  /** Undefined: no bucket is allowed. */
  s3: S3Access | undefined
}

const RULE =
  'addresses such as https://data.example.com, https://*.example.com/public, s3://bucket/prefix or file:///srv/data, separated by commas'

/** Places from which data sets may be fetched. Default: none. */
export const DATASET_SOURCES = z
  .string()
  .default('')
  .transform((text, context) =>
    text
      .split(',')
      .flatMap((each) => each.trim() || [])
      .flatMap((entry) => {
        const source = sourceOf(entry)
        if (source !== undefined) return [source]
        context.addIssue({ code: 'custom', message: `${RULE}, which ${JSON.stringify(entry)} is not` })
        return []
      }),
  )

/** Returns the places with the access to S3 that they need. @throws ConfigError for half of a pair of keys */
export function sourceSettings(allowed: readonly DatasetSource[], variables: StoreVariables): SourceSettings {
  if (!allowed.some(({ type }) => type === 's3')) return { allowed, s3: undefined }
  const s3 = s3Access(variables)
  if (s3 === undefined)
    throw new ConfigError(
      'DATASET_SOURCES has a bucket, so AWS_REGION must be set, or S3_ENDPOINT for another server',
    )
  return { allowed, s3 }
}

function sourceOf(entry: string): DatasetSource | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(entry) ?? []
  if (bucket !== undefined)
    return { type: 's3', bucket, prefix: key === '' || key.endsWith('/') ? key : `${key}/` }
  if (/^file:\/\/\/[^?#]*$/.test(entry) && URL.canParse(entry) && !/%(00|2f)/i.test(entry))
    return { type: 'file', folder: fileURLToPath(entry) }
  return webSourceOf(entry)
}

function webSourceOf(entry: string): DatasetSource | undefined {
  const [, protocol, authority = '', path = '/'] = /^(https?:)\/\/([^/?#@\\]+)(\/[^?#]*)?$/.exec(entry) ?? []
  if (protocol !== 'https:' && protocol !== 'http:') return undefined
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority) ?? []
  const host = hostOf(name.replace(/^\[(.*)\]$/, '$1'))
  // As URLs write it: without the protocol's own port, and with dots resolved.
  const written = `${protocol}//host${port === '' ? '' : `:${port}`}${path}`
  if (host === undefined || !URL.canParse(written)) return undefined
  const url = new URL(written)
  const folder = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  return { type: 'web', protocol, host, port: url.port, path: folder }
}
