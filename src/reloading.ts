import { statSync } from 'node:fs'
import process from 'node:process'
import type { Logger } from 'pino'
import type { Access, TokenSettings } from './access.ts'
import { type Config, ConfigError } from './config/config.ts'
import { readKeysAgain } from './config/keys.ts'
import { type KeyChanges, Keys } from './keys/keys.ts'
import type { Tokens } from './keys/tokens.ts'
import type { Audit } from './registry/audit.ts'
import type { Closing } from './runtime/shutdown.ts'
import { TlsFiles } from './runtime/tls-files.ts'
import { watchFiles } from './runtime/watch-files.ts'

/*
 * What is read again while the service runs: the file of keys, and the certificate with its private key. Each is read
 * when one of its files has changed, and at SIGHUP. What cannot be read leaves everything as it is, and is logged.
 */

/** Opens the access of the settings, and keeps it up to date with its file, whose changes are audited. */
export async function openAccess(
  config: Config,
  audit: Pick<Audit, 'record'>,
  log: Logger,
  closing: Closing,
): Promise<Access> {
  const { apiKeys, keysFile, tokens } = config
  const keys = new Keys(apiKeys, tokens === null ? undefined : await openTokens(tokens))
  if (keysFile !== null)
    reloading([keysFile], closing, () => {
      try {
        // The change of the file's entry in its folder, which a copy of an older file has too.
        const { ctime: at } = statSync(keysFile)
        const changes = keys.replace(readKeysAgain(process.env, keysFile))
        if (Object.values(changes).every(({ length }) => length === 0)) return
        const reqId = `keys-${at.toISOString()}`
        log.info({ reqId, ...changes }, 'keys were read again')
        void recordKeys(changes, { audit, at, reqId }).catch((err: unknown) =>
          log.error({ err, reqId }, 'not audited'),
        )
      } catch (error) {
        const reason = error instanceof ConfigError ? error.message : error
        log.error({ reason }, 'keys cannot be read again: those from before still hold')
      }
    })
  return keys
}

/** Names each key that a change of the file has added, changed or removed in the audit. Who changed it is not known. */
async function recordKeys(
  { added, changed, removed }: KeyChanges,
  { audit, at, reqId }: { audit: Pick<Audit, 'record'>; at: Date; reqId: string },
): Promise<void> {
  const changes = { addKey: added, changeKey: changed, removeKey: removed }
  for (const [action, names] of Object.entries(changes))
    for (const name of names)
      await audit.record({ by: null, action, target: `keys/${name}`, request: reqId }, at)
}

/** Loads what checks tokens, which a service without an identity provider need not load. */
async function openTokens(settings: TokenSettings): Promise<Tokens> {
  const { createTokens } = await import('./keys/tokens.ts')
  return createTokens(settings)
}

/** Opens the certificate of the settings, and keeps it up to date; undefined: plain HTTP. @throws ConfigError */
export function openTls({ tls }: Config, log: Logger, closing: Closing): TlsFiles | undefined {
  if (tls === null) return undefined
  const files = openFiles(tls)
  reloading(files.paths, closing, () => {
    try {
      if (files.reload()) log.info({ cert: tls.cert }, 'the certificate was read again')
    } catch (err) {
      log.error(
        { err },
        'TLS_CERT and TLS_KEY cannot be read again: the certificate from before is still used',
      )
    }
  })
  return files
}

function openFiles(tls: { cert: string; key: string }): TlsFiles {
  try {
    return new TlsFiles(tls)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const names = `TLS_CERT is ${JSON.stringify(tls.cert)} and TLS_KEY is ${JSON.stringify(tls.key)}`
    throw new ConfigError(`${names}, and must be a certificate and its private key in PEM (${why})`, {
      cause,
    })
  }
}

/** Calls a function when files have changed, and at SIGHUP, until the process ends. */
function reloading(paths: readonly string[], closing: Closing, read: () => void): void {
  const stop = watchFiles(paths, read)
  process.on('SIGHUP', read)
  closing.part(async () => {
    process.off('SIGHUP', read)
    stop()
  })
}
