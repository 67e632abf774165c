/*
 * Codes of characters that mean something to the readers of texts: in ASCII, in UTF-8 and in UTF-16 alike.
 */

export const LINE_FEED = 0x0a
export const SPACE = 0x20
/** `"`, which ends a text in JSON. */
export const QUOTE = 0x22
/** `&`, which begins an entity of HTML. */
export const AMPERSAND = 0x26
/** `'`, which belongs to a word if letters stand on both sides. */
export const APOSTROPHE = 0x27
export const SLASH = 0x2f
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
