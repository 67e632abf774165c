/** Targets that one network learns at most. */
export const MAX_TARGETS = 100

/** Returns the names of a recipe's targets: one, or several numbers that one network learns. */
export function targetNames({ target }: { target: string | readonly string[] }): readonly string[] {
  return typeof target === 'string' ? [target] : target
}

/** Returns the names of a recipe's targets as a message or a picture has them. */
export function targetText(recipe: { target: string | readonly string[] }): string {
  return targetNames(recipe).join(', ')
}

type Transform = 'none' | 'standardize' | 'log'

/** Returns how a target is transformed. Default, where the recipe names some of its targets: `standardize`. */
export function transformOf(
  { targetTransform }: { targetTransform: Transform | Readonly<Record<string, Transform>> },
  name: string,
): Transform {
  if (typeof targetTransform === 'string') return targetTransform
  return (Object.hasOwn(targetTransform, name) ? targetTransform[name] : undefined) ?? 'standardize'
}
