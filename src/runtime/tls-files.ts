import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

/** A certificate with its chain, and its private key, in PEM. */
export interface TlsPair {
  cert: Buffer
  key: Buffer
}

/** A server whose certificate can be replaced. */
interface SecureServer {
  setSecureContext(options: TlsPair): void
}

/** A certificate and its private key in two files, which may be replaced while the service runs. */
export class TlsFiles {
  readonly #paths: { cert: string; key: string }
  readonly #servers: SecureServer[] = []
  #pair: TlsPair

  /** @throws Error of the file system, or of OpenSSL where the files do not fit together */
  constructor(paths: { cert: string; key: string }) {
    this.#paths = paths
    this.#pair = readPair(paths)
  }

  /** Paths of both files. */
  get paths(): readonly string[] {
    return [this.#paths.cert, this.#paths.key]
  }

  /** What was read last. */
  get pair(): TlsPair {
    return this.#pair
  }

  /** Gives a server each new certificate. Its open connections keep theirs. */
  follow(server: SecureServer): void {
    this.#servers.push(server)
  }

  /**
   * Reads both files again. Where they do not fit together, as between the replacement of one and of the other, nothing
   * changes. @returns whether the certificate is another one @throws Error as the constructor
   */
  reload(): boolean {
    const pair = readPair(this.#paths)
    if (pair.cert.equals(this.#pair.cert) && pair.key.equals(this.#pair.key)) return false
    this.#pair = pair
    for (const server of this.#servers) server.setSecureContext(pair)
    return true
  }
}

function readPair({ cert, key }: { cert: string; key: string }): TlsPair {
  const pair = { cert: readFileSync(cert), key: readFileSync(key) }
  createSecureContext(pair)
  return pair
}
