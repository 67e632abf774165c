import { NAME_PATTERN } from '../../recipe/index.ts'

/** Pattern of the path of a model's predictions; its group is the model's name. */
export const OF_MODEL = `/models/(${NAME_PATTERN.source.slice(1, -1)})/predict`
