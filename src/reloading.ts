import process from 'node:process'
import type { Logger } from 'pino'
import type { Access, TokenSettings } from './access.ts'
import { type Config, ConfigError } from './config/config.ts'
import { readKeysAgain } from './config/keys.ts'
import { Keys } from './keys/keys.ts'
import type { Tokens } from './keys/tokens.ts'
import type { Closing } from './runtime/shutdown.ts'
import { TlsFiles } from './runtime/tls-files.ts'
import { watchFiles } from './runtime/watch-files.ts'

/*
 * What is read again while the service runs: the file of keys, and the certificate with its private key. Each is read
 * when one of its files has changed, and at SIGHUP. What cannot be read leaves everything as it is, and is logged.
 */

/** Opens the access of the settings, and keeps it up to date with its file. */
export async function openAccess(config: Config, log: Logger, closing: Closing): Promise<Access> {
  const { apiKeys, keysFile, tokens } = config
  const keys = new Keys(apiKeys, tokens === null ? undefined : await openTokens(tokens))
  if (keysFile !== null)
    reloading([keysFile], closing, () => {
      try {
        const changes = keys.replace(readKeysAgain(process.env, keysFile))
        if (Object.values(changes).some(({ length }) => length > 0)) log.info(changes, 'keys were read again')
      } catch (error) {
        const reason = error instanceof ConfigError ? error.message : error
        log.error({ reason }, 'keys cannot be read again: those from before still hold')
      }
    })
  return keys
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
