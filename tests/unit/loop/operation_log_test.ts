/**
 * What is said of forgotten operations where debug mode is off.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { gather, Lock, Queue, sleep, taskGroup, timeout } from "../../../mod.ts";
import { onBothCores, printed } from "../support.ts";

const SAID = "was made and never awaited: write yield* before it; debug mode says where";

onBothCores("an operation that was forgotten is told of when main is over", async ({ run }) => {
  const forgotten: [string, () => unknown][] = [
    ["sleep()", () => sleep(5)],
    ["taskGroup()", () => taskGroup(() => {})],
    ["timeout()", () => timeout(5, () => {})],
    ["The wait for queue to have room", () => new Queue<number>().put(5)],
    ['The wait for lock "ledger"', () => new Lock({ name: "ledger" }).acquire()],
  ];
  for (const [name, make] of forgotten) {
    const warnings = await printed("warn", () =>
      run(function* () {
        make();
        make();
        yield* sleep(1);
      }));
    assertEquals(warnings, [`wasyncio: ${name} ${SAID}`]);
  }
});

onBothCores("nothing is said where all were awaited, or where main has failed", async ({ run }) => {
  const warnings = await printed("warn", async () => {
    await run(function* () {
      yield* sleep(1);
      yield* gather(sleep(1), sleep(1));
      await_(sleep(1));
      yield* sleep(5);
    });
    await run(function* () {
      void sleep(1);
      yield* sleep(1);
      throw new RangeError("more important");
    }).catch(() => {});
  });
  assertEquals(warnings, []);
});

/** As an async function would wait. */
async function await_(operation: PromiseLike<unknown>): Promise<void> {
  await operation;
}

onBothCores("it is not made known to a handler of exceptions", async ({ run }) => {
  const messages: string[] = [];
  const warnings = await printed("warn", () =>
    run(function* () {
      void sleep(1);
      yield* sleep(1);
    }, { exceptionHandler: ({ message }) => messages.push(message) }));
  assertEquals([messages, warnings], [[], []]);
});

onBothCores("only the first operations of a loop are looked at", async ({ run }) => {
  const warnings = await printed("warn", () =>
    run(function* () {
      for (let i = 0; i < 100; i++) yield* sleep(0);
      void sleep(1);
    }));
  assertEquals(warnings, []);
});
