import { refusal } from '../scope.ts'

/** The header with the number of bytes that are JSON, where bytes of tensors follow them. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length'

/** Media type of a body of JSON and bytes. */
export const BINARY_TYPE = 'application/octet-stream'

/** Splits a body into its JSON and the bytes behind it. @throws FitserveError `invalid-request` */
export function splitBody(
  body: Buffer,
  header: string | string[] | undefined,
): { json: Buffer; raw: Buffer } {
  if (header === undefined) return { json: body, raw: Buffer.alloc(0) }
  const length = Number(header)
  if (!/^\d{1,10}$/.test(String(header)) || length > body.length)
    throw refusal(
      `Inference-Header-Content-Length must be a number of bytes up to the ${body.length} of the body.`,
    )
  return { json: body.subarray(0, length), raw: body.subarray(length) }
}
