/*
 * The hash FNV-1a of 32 bits (http://www.isthe.com/chongo/tech/comp/fnv). It is computed code by code in a loop that
 * does something else as well, hence no function: `hash = Math.imul(hash ^ code, FNV_PRIME)`, starting with
 * `FNV_START`. kernels/words.ts has the same two numbers, since kernels cannot import from here.
 */

/** The hash of nothing, as a signed number. */
export const FNV_START = 0x811c9dc5 | 0

/** Factor by which each code is mixed in. */
export const FNV_PRIME = 0x01000193
