import { ENCODERS } from '../../../src/recipe/encoders/index.ts'
import { encoderContract, encoderModules } from '../../contracts/encoder.ts'

const src = new URL('../../../src/', import.meta.url)
for (const type of Object.keys(ENCODERS)) encoderContract(type, () => encoderModules(src))
