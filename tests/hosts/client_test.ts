/**
 * The client of `http.ts` in Deno and in Node, from one bundle.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { expected } from "./client_program.ts";
import { PROGRAM, serveClient } from "./client_server.ts";
import { output, outputOfDeno } from "../packaging/subprocess.ts";

/** A program that loads the bundle from a file, runs it, and prints what it observed. */
async function observe(
  run: (main: string) => Promise<string>,
): Promise<Record<string, unknown>> {
  await using server = await serveClient();
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
  try {
    const script = await fetch(server.origin + PROGRAM);
    await Deno.writeTextFile(`${directory}/client.mjs`, await script.text());
    const main = `${directory}/main.mjs`;
    await Deno.writeTextFile(
      main,
      `import { observe } from "./client.mjs";
      console.log(JSON.stringify(await observe("${server.origin}")));`,
    );
    return JSON.parse(await run(main));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("the client does the same in Deno, and then the process ends", async () => {
  const observed = await observe((main) => outputOfDeno(["--allow-net=127.0.0.1", main]));
  assertEquals(observed, { ...expected.client, ...expected.sockets });
});

Deno.test("the client does the same in Node, and then the process ends", async () => {
  let observed: Record<string, unknown>;
  try {
    observed = await observe((main) => output("node", [main]));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("Node is not on the PATH: nothing was run under it");
    return;
  }
  const { client, elsewhere, sockets, noSockets } = expected;
  // Node has WebSockets from 22 on.
  const rest = "no WebSocket" in observed ? noSockets : sockets;
  assertEquals(observed, { ...client, ...elsewhere, ...rest });
});
