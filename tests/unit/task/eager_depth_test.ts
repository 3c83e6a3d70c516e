/**
 * Tasks that start eagerly within one another: the engine's stack is no limit to how many.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { program } from "../support.ts";

Deno.test("eager tasks that start one another by the thousand all end", async () => {
  for (const core of ["wasm", "js"]) {
    // In a process of its own, which ends where a task is lost and the run never would.
    const { out, err, code } = await program(`
      const { allTasks, createTask, currentTask, gather, run } = asyncio;
      Deno.unrefTimer(setTimeout(() => Deno.exit(3), 20_000));
      await run(function* () {
        const me = currentTask();
        const tasks = [];
        function* start(left) {
          if (left > 0) tasks.push(createTask(start(left - 1), { eager: true }));
          yield;
        }
        tasks.push(createTask(start(20_000), { eager: true }));
        console.log(currentTask() === me);
        while (tasks.length < 20_001) yield;
        yield* gather(tasks);
        console.log(tasks.every((task) => task.done()), allTasks().size);
      }, { core: "${core}" });
      let started = 0;
      function* start(left) {
        started++;
        return left === 0 ? 0 : 1 + (yield* createTask(start(left - 1)));
      }
      await run(function* () {
        createTask(start(10));
        console.log(started);
        console.log(yield* createTask(start(5000)));
      }, { core: "${core}", eager: true });
    `);
    assertEquals([out, err, code], ["true\ntrue 1\n11\n5000\n", "", 0]);
  }
});
