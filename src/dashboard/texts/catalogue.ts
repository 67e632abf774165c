import type { en } from './en.ts'

/** The same keys with texts of any language; a text with values in it is a function of them. */
type Translated<Catalogue> = {
  readonly [Key in keyof Catalogue]: Catalogue[Key] extends string
    ? string
    : Catalogue[Key] extends (...values: infer Values) => string
      ? (...values: Values) => string
      : Translated<Catalogue[Key]>
}

/** All texts of the page. A language that lacks one does not compile. */
export type Texts = Translated<typeof en>
