import { z } from 'zod'

/** Unicode's normal form in which an encoder reads texts: `nfkc` also unites characters that look alike. */
export const UnicodeForm = z.enum(['nfc', 'nfkc'])
export type UnicodeForm = z.output<typeof UnicodeForm>
