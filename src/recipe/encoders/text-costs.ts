/*
 * Figures that the kinds of text encoders share, measured on one 2-core machine of 2026.
 */

/** Characters of an average word with the space behind it, in English. */
export const CHARACTERS_PER_WORD = 6

/** Nanoseconds to read, count and look up one character of a text, by the longest run of words (index 0 is unused). */
export const WORD_RUN_NS = [0, 30, 90, 180, 270, 360, 450]

/** Bytes that a character of a text takes once the text is cut into numbered words. */
export const WORD_TEXT_BYTES = 0.5

/** Share of the different terms that occur at least twice: about half of all words occur once. */
const TWICE_SHARE = 0.5

/** Longest run in `differentTerms`: longer runs are rarely repeated, so their number grows no faster. */
const LONGEST_RUN = 3

/**
 * Estimates how many different terms a number of characters holds: Heaps' law with the figures of English news
 * (Manning et al. 2008, 5.1), times the square of the longest run.
 */
export function differentTerms(characters: number, longestRun: number): number {
  return 44 * Math.sqrt(characters / CHARACTERS_PER_WORD) * Math.min(LONGEST_RUN, longestRun) ** 2
}

/** Estimates how many different terms occur at least `minCount` times. */
export function frequentTerms(characters: number, longestRun: number, minCount: number): number {
  return differentTerms(characters, longestRun) * (minCount > 1 ? TWICE_SHARE : 1)
}
