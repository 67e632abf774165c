/** The name, in an object's metadata, of the hash of its content. */
export const SHA256 = 'sha256'

/** Bytes of a known number that can be read again. */
export interface Source {
  bytes: number
  read(from: number, to: number): Promise<Uint8Array>
}

/** What an object is created with. */
export interface Creation {
  Bucket: string
  Key: string
  Metadata: Record<string, string>
}
