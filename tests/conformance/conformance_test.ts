// Every script in cpython/ has a translation beside this file, and prints what CPython printed. Those
// with "_os_" in their names use the operating system, and so its clock.

import { assertEquals } from "@std/assert";
import { VirtualClock } from "../../testing.ts";
import { type Scenario, traceOf } from "./harness.ts";

const HERE = new URL("./", import.meta.url);
const EXPECTED = new URL("./cpython/", HERE);

const translated = namesIn(HERE, /^(\w\d\d_.*)\.ts$/);
const printed = namesIn(EXPECTED, /^(.*)\.out$/);

Deno.test("every CPython trace has a translation, and every translation a trace", () => {
  assertEquals(translated, printed);
  assertEquals(namesIn(EXPECTED, /^(.*)\.py$/), printed);
});

for (const name of translated.filter((name) => printed.includes(name))) {
  const expected = Deno.readTextFileSync(new URL(`${name}.out`, EXPECTED));
  for (const core of ["wasm", "js"] as const) {
    Deno.test(`${name} prints what CPython prints (${core})`, async () => {
      const module: { default: Scenario } = await import(new URL(`${name}.ts`, HERE).href);
      const clock = name.includes("_os_") ? undefined : new VirtualClock();
      const trace = await traceOf(module.default, { core, clock });
      assertEquals(trace, expected);
    });
  }
}

function namesIn(folder: URL, pattern: RegExp): string[] {
  return [...Deno.readDirSync(folder)]
    .flatMap(({ name }) => name.match(pattern)?.[1] ?? [])
    .sort();
}
