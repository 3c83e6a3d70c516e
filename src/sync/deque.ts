/**
 * A double-ended queue in a ring: taking the first item doesn't move the others.
 *
 * @module
 */

/** First in, first out. */
export class Deque<T> {
  size = 0;
  /**
   * Empty places hold null. With undefined, V8 keeps numbers as doubles, and to make numbers of those
   * again took 4 of 16 ns.
   */
  private _items: (T | null)[] = new Array(16).fill(null);
  private _head = 0;

  /** Adds an item at the end. */
  push(item: T): void {
    if (this.size === this._items.length) this._grow();
    this._items[(this._head + this.size++) & (this._items.length - 1)] = item;
  }

  /** Takes the first item; there must be one. */
  shift(): T {
    const items = this._items;
    const head = this._head;
    const item = items[head] as T;
    items[head] = null;
    this._head = (head + 1) & (items.length - 1);
    this.size--;
    return item;
  }

  /** Doubles the ring; what lies before its head goes behind its tail. */
  private _grow(): void {
    const items = this._items;
    const { length } = items;
    items.length = 2 * length;
    for (let i = 0; i < this._head; i++) {
      items[length + i] = items[i];
      items[i] = null;
    }
  }
}
