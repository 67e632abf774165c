import { setFlagsFromString } from 'node:v8'

/**
 * Nearly all objects that a process makes at its start stay, and V8 would let the space for young objects grow to its
 * limit (three times 16 MB) to no use. So this module, when it is loaded, keeps that space from growing.
 * https://github.com/nodejs/node/blob/main/doc/api/cli.md#--max-semi-space-sizesize-in-mib
 */
setFlagsFromString('--semi-space-growth-factor=1')

/** Lets the space for young objects grow again, as the work needs it. To be called at the end of the start. */
export function raiseYoungHeapLimit(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
