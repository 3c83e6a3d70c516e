/**
 * The client of `http.ts` in Deno and in Nodes, from one bundle.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { output, outputOfDeno } from "../packaging/subprocess.ts";
import { expected } from "./client_program.ts";
import { PROGRAM, serveClient } from "./client_server.ts";
import { findNodes } from "./nodes.ts";

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

for (const { major, program } of await findNodes()) {
  Deno.test({
    name: `Node ${major}: the client does the same, and then the process ends`,
    ignore: program === null,
    fn: async () => {
      const observed = await observe((main) => output(program!, [main]));
      const { client, elsewhere, sockets, noSockets } = expected;
      // Node has WebSockets from 22 on.
      assertEquals(observed, { ...client, ...elsewhere, ...major < 22 ? noSockets : sockets });
    },
  });
}
