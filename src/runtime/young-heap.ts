import { setFlagsFromString } from 'node:v8'

/**
 * While a process starts, nearly all that it makes stays, and V8 lets the space for what is young grow to its limit
 * (three times 16 MB) without any use. So it is kept as it is from the moment that this module is loaded.
 * https://github.com/nodejs/node/blob/main/doc/api/cli.md#--max-semi-space-sizesize-in-mib
 */
setFlagsFromString('--semi-space-growth-factor=1')

/** From now on it grows as the work needs it. */
export function letYoungHeapGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
