/** Told of each call when it has ended. @param error with which it rejected; undefined: it did well */
export type OnCall = (method: string, seconds: number, error: unknown) => void

/**
 * Returns an object whose calls are those of another one, and are timed where they are named.
 * @param methods that return promises
 */
export function timedCalls<T extends object>(
  target: T,
  methods: ReadonlySet<string & keyof T>,
  onCall: OnCall,
): T {
  const names: ReadonlySet<PropertyKey> = methods
  const bound = new Map<PropertyKey, unknown>()
  return new Proxy(target, {
    get(_target, name) {
      const known = bound.get(name)
      if (known !== undefined) return known
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      // Called on the target: private members of a class are not those of its proxy.
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args)
      const used = names.has(name) ? timed(String(name), call, onCall) : call
      bound.set(name, used)
      return used
    },
  })
}

function timed(name: string, call: (...args: unknown[]) => unknown, onCall: OnCall) {
  return async (...args: unknown[]): Promise<unknown> => {
    const began = performance.now()
    const seconds = () => (performance.now() - began) / 1000
    try {
      const result = await call(...args)
      onCall(name, seconds(), undefined)
      return result
    } catch (error) {
      onCall(name, seconds(), error ?? new Error('rejected without a reason'))
      throw error
    }
  }
}
