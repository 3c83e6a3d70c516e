/**
 * Random programs do on this library what they do on CPython's asyncio, turn by turn.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findPythonForTests } from "../python/find.ts";
import { CPython } from "./cpython.ts";
import { trace } from "./interpreter.ts";
import { programs } from "./program.ts";
import { cores, tryAll } from "./seeded.ts";

// Where two timers are due at once CPython's heap keeps no order, so few shall be.
const delays = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.noBias(fc.integer({ min: 1, max: 20_000 })) },
);

const python = await findPythonForTests();

Deno.test({
  name: "random programs do what they do on CPython's asyncio",
  ignore: python === null,
}, async () => {
  await using cpython = new CPython(python!);
  let same = 0, tied = 0, lines = 0;
  let turn = 0;
  await tryAll(programs({ delays, python: python!.version }), async (program) => {
    const ours = await trace(program, { core: cores[turn++ % 2] });
    if (ours.tied) return tied++;
    assertEquals(ours.lines, await cpython.trace(program));
    same++;
    lines += ours.lines.length;
  }, 2000);
  console.log(
    `CPython 3.${python!.version} (${python!.name}): ` +
      `${same} traces alike, ${lines} lines; ${tied} had equal deadlines`,
  );
});
