import type { Named } from '../predictions.ts'

/** What a request of this protocol asks of a model. */
export type Verb = 'predict' | 'classify' | 'regress' | 'status' | 'metadata'

/** A request's address below `/v1/`, read. */
export interface Address {
  verb: Verb
  target: Named
}

const ADDRESS =
  /^models\/(?<model>[^/:]+)(?:\/versions\/(?<version>\d{1,15})|\/labels\/(?<label>[^/:]+))?(?<verb>:predict|:classify|:regress|\/metadata)?$/i

/**
 * Reads an address below `/v1/`: a model, by number or label (an alias) one of its versions, and what is asked of it.
 * Returns undefined for any other. Words other than names may be in capitals.
 */
export function readAddress(method: 'GET' | 'POST', path: string): Address | undefined {
  const found = ADDRESS.exec(path)?.groups
  if (!found?.model) return undefined
  const { model, version, label } = found
  const verb = verbOf(found.verb?.slice(1).toLowerCase())
  const isReading = verb === 'status' || verb === 'metadata'
  if (isReading !== (method === 'GET')) return undefined
  return { verb, target: { model, version: version === undefined ? label : Number(version) } }
}

function verbOf(word: string | undefined): Verb {
  return word === 'predict' || word === 'classify' || word === 'regress' || word === 'metadata'
    ? word
    : 'status'
}
