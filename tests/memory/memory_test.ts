/**
 * What is over leaves nothing behind, and what waits takes less than a promise does.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Alive, Report } from "./probe.ts";
import { scenarios } from "./scenarios.ts";

const PROBE = new URL("probe.ts", import.meta.url).pathname;

/** Runs the measurements of a core in a process whose garbage collector can be called. */
async function measure(core: string, count: number): Promise<Map<string, Report & Alive>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", PROBE, core, String(count)],
  }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  const reports = text.decode(stdout).trim().split("\n").map((line): Report & Alive =>
    JSON.parse(line)
  );
  return new Map(reports.map((report) => [report.name, report]));
}

for (const [core, count] of [["wasm", 1_000_000], ["js", 400_000]] as const) {
  Deno.test(`nothing that is over stays in memory (${core})`, async (t) => {
    const reports = await measure(core, count);

    for (const name of Object.keys(scenarios)) {
      await t.step(`${name} leave nothing behind`, () => {
        const { count, heap, outside } = reports.get(name)!;
        // The smallest object takes more than this.
        assert(heap < 8 * count + 50_000, `${count} left ${heap} bytes on the heap`);
        assertEquals(outside, 0, "The core's memory has grown");
      });
    }

    await t.step("run() leaves nothing behind", () => {
      const { count, heap, outside } = reports.get("runs")!;
      // A loop and its core would be several kilobytes, and 64 more outside.
      assert(heap < 200 * count + 50_000, `${count} runs left ${heap} bytes on the heap`);
      assert(outside < 1000 * count, `they left ${outside} bytes outside of the heap`);
    });

    await t.step("a promise that stays pending holds nothing that has waited for it", () => {
      assertEquals(reports.get("waits for one promise")!.alive, 0);
    });

    await t.step("a task that waits takes less memory than an async function that does", () => {
      const [task, promise] = ["parked tasks", "parked promises"].map((name) => {
        const { count, heap, outside } = reports.get(name)!;
        return Math.round((heap + outside) / count);
      });
      console.log(`a task that sleeps: ${task} bytes; an async function that waits: ${promise}`);
      assert(task < promise);
    });
  });
}
