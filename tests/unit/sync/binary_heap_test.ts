/**
 * The heap below priority queues: the order of what comes out, and comparisons that throw.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BinaryHeap, compareValues } from "../../../src/sync/binary_heap.ts";

const byNumber = (a: number, b: number) => a - b;

function drain<T>(heap: BinaryHeap<T>): T[] {
  const items: T[] = [];
  while (heap.size > 0) items.push(heap.shift());
  return items;
}

Deno.test("a heap gives the smallest item first, whatever was put and taken before", () => {
  fc.assert(fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }))), (steps) => {
    const heap = new BinaryHeap<number>(byNumber);
    const model: number[] = [];
    for (const step of steps) {
      if (step !== null) {
        heap.push(step);
        model.push(step);
        model.sort(byNumber);
      } else if (model.length > 0) {
        assertEquals(heap.shift(), model.shift());
      }
      assertEquals(heap.size, model.length);
    }
    assertEquals(drain(heap), model);
  }));
});

Deno.test("equal items come in the order in which Python's heapq gives them", () => {
  const heap = new BinaryHeap<[number, number]>((a, b) => a[0] - b[0]);
  [3, 1, 2, 1, 3, 2, 1, 2, 3].forEach((key, i) => heap.push([key, i]));
  assertEquals(drain(heap).map(([, i]) => i), [1, 6, 3, 2, 5, 7, 8, 0, 4]);
});

Deno.test("a comparison that throws changes nothing", () => {
  const items = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 40 });
  fc.assert(fc.property(items, fc.boolean(), fc.nat(8), (items, push, patience) => {
    let left = Infinity;
    const heap = new BinaryHeap<number>((a, b) => {
      if (left-- === 0) throw new RangeError("enough");
      return a - b;
    });
    for (const item of items) heap.push(item);
    const expected = [...items].sort(byNumber);
    left = patience;
    try {
      if (push) heap.push(-1);
      else heap.shift();
      if (push) expected.unshift(-1);
      else expected.shift();
    } catch (error) {
      assertEquals((error as Error).message, "enough");
    }
    left = Infinity;
    assertEquals(drain(heap), expected);
  }));
});

Deno.test("compareValues() orders what has an order, and refuses the rest", () => {
  assertEquals(compareValues(1, 2), -1);
  assertEquals(compareValues("b", "a"), 1);
  assertEquals(compareValues(1n, 1), 0);
  assertEquals(compareValues(new Date(5), new Date(5)), 0);
  assertEquals(Math.sign(compareValues([1, "b"], [1, "a"])), 1);
  assertEquals(Math.sign(compareValues([1], [1, 0])), -1);
  for (const [a, b] of [[{}, {}], ["1", 1], [undefined, 1], [() => 1, 1], [Symbol("a"), 1]]) {
    assertThrows(() => compareValues(a, b), TypeError, "Cannot compare");
  }
});
