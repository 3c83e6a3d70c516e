/**
 * The values of context variables: a map that is never changed in place, so that copying a context
 * costs nothing, and setting one variable among thousands a few small arrays.
 *
 * Variables have consecutive numbers. Their digits, four bits each, lead through a tree from the root
 * to the binding; a set copies the nodes on that way. CPython's `contextvars` has a HAMT for the same
 * purpose: there, hashes lead the way, because its variables have no numbers.
 *
 * @module
 */
import type { Binding, Variables } from "../kernel/kernel.ts";

/** The numbers of this copy's variables: another copy of the library counts its own. */
export const ids: WeakMap<object, number> = new WeakMap();

const BITS = 4;
const DIGIT = (1 << BITS) - 1;

/** A node: nodes or, at the bottom, bindings. Absent where nothing was set. */
type Node = readonly (Node | Binding | undefined)[];

/** Bindings by the number of their variable. */
export class PersistentVariables implements Variables {
  readonly #root: Node;
  /** How many bits of a number the root's digit stands above. */
  readonly #shift: number;

  constructor(root: Node = [], shift = 0) {
    this.#root = root;
    this.#shift = shift;
  }

  get(id: number): Binding | undefined {
    if (id >>> this.#shift > DIGIT) return undefined;
    let node: Node | Binding | undefined = this.#root;
    for (let shift = this.#shift; node !== undefined && shift >= 0; shift -= BITS) {
      node = (node as Node)[(id >>> shift) & DIGIT];
    }
    return node as Binding | undefined;
  }

  /** The same with one variable set, or without it. */
  with(id: number, binding: Binding | undefined): PersistentVariables {
    let root = this.#root;
    let shift = this.#shift;
    for (; id >>> shift > DIGIT; shift += BITS) root = [root];
    return new PersistentVariables(changed(root, shift, id, binding), shift);
  }

  /** All bindings, those of older variables first. */
  *[Symbol.iterator](): Generator<Binding, void, undefined> {
    yield* bindings(this.#root, this.#shift);
  }
}

function changed(node: Node, shift: number, id: number, binding: Binding | undefined): Node {
  const digit = (id >>> shift) & DIGIT;
  const copy = node.slice();
  // No holes, which would make V8 look further up for what is absent.
  while (copy.length <= digit) copy.push(undefined);
  copy[digit] = shift === 0
    ? binding
    : changed((copy[digit] ?? []) as Node, shift - BITS, id, binding);
  return copy;
}

function* bindings(node: Node, shift: number): Generator<Binding, void, undefined> {
  for (const child of node) {
    if (child === undefined) continue;
    if (shift === 0) yield child as Binding;
    else yield* bindings(child as Node, shift - BITS);
  }
}
