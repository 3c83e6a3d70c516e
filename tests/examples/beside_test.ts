/**
 * The same program with wasyncio, with promises, and with other libraries: each must do what the page
 * that compares them says.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { type Prices, Service } from "../../examples/beside/service.ts";
import { prices as effect } from "../../examples/beside/effect.ts";
import { prices as effection } from "../../examples/beside/effection.ts";
import { prices as promises } from "../../examples/beside/promises.ts";
import { prices as rxjs } from "../../examples/beside/rxjs.ts";
import { prices as wasyncio } from "../../examples/beside/wasyncio.ts";
import { bundle } from "../packaging/subprocess.ts";

const programs: Record<string, Prices> = { effect, effection, promises, rxjs, wasyncio };

const ROOT = new URL("../../", import.meta.url);

const names = ["apple", "busy bean", "silent cherry", "date", "busy fig", "grape", "iris"];

/** Longer than the programs pause between two attempts. */
const A_WHILE = 100;

/** How many requests are still open, and how many begin in the time after the end. */
async function whatIsLeft(service: Service) {
  const before = service.requests.length;
  await new Promise((resolve) => setTimeout(resolve, A_WHILE));
  return { open: service.open, begun: service.requests.length - before };
}

/** The lines of a program, without empty ones and comments. */
async function countLines(library: string): Promise<number> {
  const text = await Deno.readTextFile(new URL(`examples/beside/${library}.ts`, ROOT));
  const code = text.replaceAll(/\/\*\*.*?\*\//gs, "").split("\n");
  return code.filter((line) => line.trim() !== "" && !line.startsWith("//")).length;
}

/** The kilobytes of a program with all that it imports, minified and compressed. */
async function weigh(library: string): Promise<number> {
  const program = new URL(`examples/beside/${library}.ts`, ROOT).href;
  const code = await bundle(program, "--minify");
  return gzipSync(code, { level: 9 }).length / 1000;
}

/** What the page says about each program in one row of its table. */
async function readRow(title: string): Promise<Record<string, number>> {
  const page = await Deno.readTextFile(new URL("docs/beside.md", ROOT));
  const cells = (line: string) => line.split("|").map((cell) => cell.trim()).slice(1, -1);
  const rows = page.split("\n").filter((line) => line.startsWith("| ")).map(cells);
  const row = rows.find((row) => row[0] === title)!;
  return Object.fromEntries(
    rows[0].map((name, i) => [name.toLowerCase(), parseFloat(row[i])]).slice(1),
  );
}

Deno.test("the page that compares the programs knows how long they are", async () => {
  const said = await readRow("lines of the program");
  const counted = Object.keys(programs).map(async (name) => [name, await countLines(name)]);
  assertEquals(said, Object.fromEntries(await Promise.all(counted)));
});

Deno.test("the page that compares the programs knows how big they are", async () => {
  const said = await readRow("bundled, minified and compressed");
  for (const library of Object.keys(programs)) {
    const kilobytes = await weigh(library);
    assertAlmostEquals(said[library], kilobytes, kilobytes * 0.15, `${library}: ${kilobytes} KB`);
  }
});

for (const [library, prices] of Object.entries(programs)) {
  const never = new AbortController().signal;

  Deno.test(`${library}: all prices in order, three requests at a time, some repeated`, async () => {
    const service = new Service();
    assertEquals(await prices(names, service, never), names.map((name) => name.length));
    assertEquals(service.mostOpen, 3);
    // Those that are busy fail twice, and those that are silent time out once.
    assertEquals(service.requests.length, names.length + 2 * 2 + 1);
  });

  Deno.test(`${library}: gives up after three attempts, and leaves nothing behind`, async () => {
    const service = new Service();
    const error = await assertRejects(
      () => prices(["broken bolt", ...names], service, never),
      Error,
      "No price for broken bolt",
    );
    assertEquals(service.requests.filter((name) => name === "broken bolt").length, 3);
    assertEquals(error instanceof AggregateError, library === "wasyncio");
    assertEquals(await whatIsLeft(service), { open: 0, begun: 0 });
  });

  Deno.test(`${library}: a signal stops it, and leaves nothing behind`, async () => {
    const service = new Service();
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 20);
    const many = Array.from({ length: 100 }, (_, i) => `thing ${i}`);
    const error = await assertRejects(() => prices(many, service, controller.signal), Error);
    assertEquals(
      { reason: [error, error.cause].includes(reason) },
      { reason: ["promises", "rxjs", "wasyncio"].includes(library) },
    );
    assertLess(service.requests.length, many.length);
    assertEquals(await whatIsLeft(service), { open: 0, begun: 0 });
  });
}
