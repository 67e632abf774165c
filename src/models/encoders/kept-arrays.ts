import { z } from 'zod'

/*
 * Schemas of the arrays that a version's tables are made of. They stand in a file as they stand in memory, and are not read
 * one number after the other: the hash in the manifest tells whether they are whole.
 */

export const Int8Numbers = z.custom<Int8Array>((value) => value instanceof Int8Array)
export const Int32Numbers = z.custom<Int32Array<ArrayBuffer>>((value) => value instanceof Int32Array)
export const Uint32Numbers = z.custom<Uint32Array<ArrayBuffer>>((value) => value instanceof Uint32Array)
export const Uint16Numbers = z.custom<Uint16Array<ArrayBuffer>>((value) => value instanceof Uint16Array)
export const Float32Numbers = z.custom<Float32Array>((value) => value instanceof Float32Array)
