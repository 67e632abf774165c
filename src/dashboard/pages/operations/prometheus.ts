/** Reads the values of those metrics that have no labels, by name, from the text form of Prometheus. */
export function samplesIn(text: string): Map<string, number> {
  return new Map(
    [...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name = '', value]): [string, number] => [
      name,
      Number(value),
    ]),
  )
}
