const N = 624
const M = 397

/** `numpy.random.RandomState` as far as its `shuffle` needs it: the Mersenne Twister MT19937. */
export class RandomState {
  #state = new Uint32Array(N)
  #next = N

  /** @param {number} seed */
  constructor(seed) {
    this.#state[0] = seed
    for (let i = 1; i < N; i++) {
      const last = this.#state[i - 1]
      this.#state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i
    }
  }

  /** @template T @param {T[]} items @returns {T[]} the same array */
  shuffle(items) {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.#upTo(i)
      const item = items[i]
      items[i] = items[j]
      items[j] = item
    }
    return items
  }

  /** Returns an integer from 0 to `max` inclusive: draws until one fits under the mask. */
  #upTo(max) {
    const mask = 2 ** (32 - Math.clz32(max)) - 1
    let value = this.#uint32() & mask
    while (value > max) value = this.#uint32() & mask
    return value
  }

  #uint32() {
    if (this.#next === N) this.#twist()
    let y = this.#state[this.#next++]
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  #twist() {
    const s = this.#state
    for (let k = 0; k < N; k++) {
      const y = (s[k] & 0x80000000) | (s[(k + 1) % N] & 0x7fffffff)
      s[k] = s[(k + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.#next = 0
  }
}
