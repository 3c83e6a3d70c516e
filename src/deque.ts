/**
 * A double-ended queue in a ring: taking the first item doesn't move the others.
 *
 * @module
 */

/** First in, first out. */
export class Deque<T> {
  #items: (T | undefined)[] = new Array(16);
  #head = 0;
  size = 0;

  /** Adds an item at the end. */
  push(item: T): void {
    if (this.size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.size++) & (this.#items.length - 1)] = item;
  }

  /** Takes the first item; there must be one. */
  shift(): T {
    const item = this.#items[this.#head] as T;
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.size--;
    return item;
  }

  #grow(): void {
    const items = [...this.#items.slice(this.#head), ...this.#items.slice(0, this.#head)];
    items.length *= 2;
    this.#items = items;
    this.#head = 0;
  }
}
