/**
 * Random numbers that are the same for the same seed.
 *
 * @module
 */

/** Where they come from. */
export class Random {
  #state: number;

  /**
   * @param seed A whole number.
   */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to 1, 1 excluded. */
  next(): number {
    // Steele and Vigna's SplitMix, with the constants of MurmurHash3 for 32 bits.
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  }

  /** A whole number below a limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of several, by their weights. */
  among<T>(weights: ReadonlyMap<T, number>): T {
    let left = this.next() * weights.values().reduce((sum, weight) => sum + weight, 0);
    for (const [value, weight] of weights) if ((left -= weight) < 0) return value;
    return [...weights.keys()].at(-1)!;
  }
}
