/**
 * Random programs in which nearly everything happens at the same moment.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { trace } from "./interpreter.ts";
import { programs } from "./program.ts";
import { tryAll } from "./seeded.ts";

const crowded = programs({ delays: fc.nat({ max: 5 }) });

Deno.test("a random program does the same on both cores, and leaves no task behind", async () => {
  await tryAll(crowded, async (program) => {
    const wasm = await trace(program, { core: "wasm" });
    const js = await trace(program, { core: "js" });
    assertEquals(wasm.lines, js.lines);
    // Two that wait for each other's locks to leave a condition can't be cancelled, in CPython either.
    const stuck = wasm.lines.filter((line) => line.endsWith(" ended: never")).length;
    assert(wasm.deadlocked || wasm.lines.at(-1)!.endsWith(` tasks left: ${stuck}`));
  }, 2000);
});

Deno.test("where its time slices end makes no difference to a random program", async () => {
  await tryAll(crowded, async (program) => {
    const smooth = await trace(program, { timeSlice: "1h" });
    // In debug mode the clock is read after each step, and then each is a slice of its own.
    const chopped = await trace(program, { timeSlice: 0.000_001, debug: true });
    assertEquals(chopped.lines, smooth.lines);
  }, 60);
});

Deno.test("debug mode makes no difference to a random program", async () => {
  await tryAll(crowded, async (program) => {
    const quick = await trace(program);
    const watched = await trace(program, { debug: true });
    assertEquals(watched.lines, quick.lines);
  }, 150);
});
