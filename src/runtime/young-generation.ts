import { setFlagsFromString } from 'node:v8'

/**
 * Nearly all objects that are allocated while a process starts stay alive. V8 would let the young generation grow to
 * its limit (three semi-spaces of 16 MB) to collect none of them, so loading this module keeps it from growing.
 * https://github.com/nodejs/node/blob/main/doc/api/cli.md#--max-semi-space-sizesize-in-mib
 */
setFlagsFromString('--semi-space-growth-factor=1')

/** Lets the young generation grow again, as the work needs it. Called when the process is ready. */
export function letYoungGenerationGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
