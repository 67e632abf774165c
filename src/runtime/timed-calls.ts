/** Called when a call has ended. @param error with which it rejected; undefined: it succeeded */
export type OnCall = (method: string, seconds: number, error: unknown) => void

/**
 * Returns a proxy of an object that times some of its methods.
 * @param methods the names of these; all of them return promises
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
