// Iterating an object with next(), leaving early, reaching the end, and async generators.
// `async for` is iterate() here, `break` a body that returns false; for `else`, a coroutine that
// tells whether the end was reached.

import { gather, iterate, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

class Countdown implements AsyncIterableIterator<number> {
  n: number;

  constructor(n: number) {
    this.n = n;
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async next(): Promise<IteratorResult<number>> {
    if (this.n === 0) return { done: true, value: undefined };
    await sleep(0);
    this.n--;
    return { done: false, value: this.n };
  }
}

/** `[x async for x in items]` */
function* collect<T>(items: AsyncIterable<T>) {
  const all: T[] = [];
  yield* iterate(items, function* (item) {
    all.push(item);
  });
  return all;
}

/** Iterates up to `last`, and says whether it came to the end without finding it. */
function* reachesEnd<T>(items: AsyncIterable<T>, last?: T) {
  let found = false;
  yield* iterate(items, function* (item) {
    found = item === last;
    return !found;
  });
  return !found;
}

export default function* (say: Say) {
  say(yield* collect(new Countdown(4)));

  const c = new Countdown(5);
  if (yield* reachesEnd(c, 3)) say("no else");
  say(c.n);
  if (yield* reachesEnd(c)) say("else runs");

  async function* agen() {
    for (let i = 0; i < 3; i++) {
      await sleep(0);
      yield i;
    }
  }
  say((yield* collect(agen())).filter((i) => i !== 1).map((i) => i * 2));

  const out: string[] = [];
  function* consume(name: string) {
    yield* iterate(agen(), function* (i) {
      out.push(name + i);
    });
  }
  yield* gather(consume("a"), consume("b"));
  say(out);
}
