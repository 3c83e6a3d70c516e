/**
 * Two greetings that overlap. Both say hello at once and both wait together, so the program takes
 * two seconds, not four.
 *
 *     deno run examples/greetings.ts
 *
 * @module
 */

import { gather, run, sleep } from "../mod.ts";

function* greet(name: string) {
  console.log(`Hello, ${name}!`);
  yield* sleep("2s");
  console.log(`Goodbye, ${name}!`);
}

/** Greets Alice and Bob at the same time. */
export function* main() {
  yield* gather(greet("Alice"), greet("Bob"));
}

if (import.meta.main) await run(main);
