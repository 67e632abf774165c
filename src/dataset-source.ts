/** A place from which data sets may be fetched, as the operator lists it. */
export type DatasetSource =
  | {
      type: 'web'
      protocol: 'https:' | 'http:'
      /** A name or address, `*.example.com`, or `*` for every public host. */
      host: string
      /** Empty: the protocol's own. */
      port: string
      /** Beginning of the path, with a `/` at its end. */
      path: string
    }
  | { type: 's3'; bucket: string; prefix: string }
  | { type: 'file'; folder: string }
