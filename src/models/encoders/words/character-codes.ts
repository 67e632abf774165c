/*
 * Codes of the characters that the text readers look for. They are the same in ASCII, UTF-8 and UTF-16.
 */

/** Line feed, which ends a line and separates the terms of a kept vocabulary. */
export const LINE_FEED = 0x0a
/** Space, which separates words and which replaces a tag. */
export const SPACE = 0x20
/** `"`, which ends a text in JSON. */
export const QUOTE = 0x22
/** `#`, which stands before the number of an entity. */
export const NUMBER_SIGN = 0x23
/** `&`, which begins an entity of HTML. */
export const AMPERSAND = 0x26
/** `'`, which belongs to a word if letters stand on both sides. */
export const APOSTROPHE = 0x27
/** `/`, which begins a closing tag. */
export const SLASH = 0x2f
/** `:`, which stands between a key and its value in JSON. */
export const COLON = 0x3a
/** `;`, which ends an entity. */
export const SEMICOLON = 0x3b
/** `<`, which begins a tag. */
export const LESS = 0x3c
/** `=`, which fills up base64. */
export const EQUALS = 0x3d
/** `>`, which ends a tag. */
export const GREATER = 0x3e
/** `\`, which begins an escape in JSON. */
export const BACKSLASH = 0x5c
