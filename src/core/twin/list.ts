/**
 * The twin's lists, circular and doubly linked through the slots' nodes, and its run queue.
 *
 * @module
 */

import { MASK, RING, TAIL } from "../core.ts";
import { NEXT, NODES, NONE, PREV } from "./layout.ts";

/** Makes this the head of an empty list. */
export function clear(words: Int32Array, head: number): void {
  words[head + NEXT] = head;
  words[head + PREV] = head;
}

/** Adds a node at the list's end. */
export function append(words: Int32Array, head: number, node: number): void {
  const last = words[head + PREV];
  words[node + NEXT] = head;
  words[node + PREV] = last;
  words[last + NEXT] = node;
  words[head + PREV] = node;
}

/** Makes the slot ready of a node whose list is about to be cleared. */
export function release(words: Int32Array, node: number): void {
  words[node + NEXT] = NONE;
  const tail = words[TAIL];
  words[words[RING] + (tail & words[MASK])] = (node - NODES) >> 2;
  words[TAIL] = tail + 1;
}
