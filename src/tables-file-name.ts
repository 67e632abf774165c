/**
 * Returns the name of the file with the tables of a version's vocabularies (src/models/files/tables-file.ts). It names the
 * encoder that the tables were made of, so that they are never read beside another one: releases that do not know such files
 * copy them as they are when they make a version out of another one.
 * @param sha256 of the version's `encoder.json`
 */
export function tablesFileName(sha256: string): string {
  return `tables-${sha256}.bin`
}

/** Returns whether a file of a version has such a name. */
export function isTablesFile(name: string): boolean {
  return /^tables-[0-9a-f]{64}\.bin$/.test(name)
}
