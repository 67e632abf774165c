import { NAME_PATTERN } from '../../recipe/index.ts'

/** Where predictions of a model that the address names are, as the source of a pattern; its group is the name. */
export const OF_MODEL = `/models/(${NAME_PATTERN.source.slice(1, -1)})/predict`
