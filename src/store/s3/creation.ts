/** Name, in an object's metadata, of the SHA-256 of its content. */
export const SHA256 = 'sha256'

/** Content to be stored. It can be read more than once. */
export interface Source {
  /** Size of the content. */
  bytes: number
  /** Returns the bytes from `from` up to, not including, `to`. */
  read(from: number, to: number): Promise<Uint8Array>
}

/** Address and metadata of an object to be created, in the words of the S3 API. */
export interface Creation {
  Bucket: string
  Key: string
  Metadata: Record<string, string>
}
