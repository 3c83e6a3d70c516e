/**
 * Connections, processes and signals in Node: what Deno's tests say of them, and what is Node's own.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { makeCertificates } from "../certificates.ts";
import { output } from "../packaging/subprocess.ts";
import { check } from "../unit/kernel/interrupts_rules.ts";
import { rules, source } from "../unit/process/signals_rules.ts";
import { at, bundleForNode } from "./bundle.ts";
import type { Outcome, Rest } from "./deno_in_node.ts";
import { findNodes } from "./nodes.ts";

/** The rooms of `tests/unit/` whose tests Nodes run. */
const ROOMS = ["streams", "net", "process"];

/** Tests and rules of these that Node can't pass, and why. */
const EXCEPTIONS: Record<string, string> = {
  "a real-time signal, which Deno has no name for, has its number, too":
    "Node knows none either, and takes the child for one that has ended well",
  "Deno's signals have the numbers of the system": "it is about Deno's",
};

/** How many of the tests need Deno itself, at most. */
const NEED_DENO = 0.2;

const nodes = await findNodes();

/** Where everything is written. */
let folder: string;

Deno.test.beforeAll(async () => {
  folder = await Deno.makeTempDir({ prefix: "wasyncio_" });
  const tests = ROOMS.flatMap((room) => testsOf(room)).join("");
  await bundleForNode(tests, join(folder, "tests"), "tests/hosts/deno_in_node.ts");
  await bundleForNode(LIBRARY, folder);
});

Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

/** Imports of the files with a room's tests. */
function testsOf(room: string): string[] {
  const entries = [...Deno.readDirSync(new URL(`../unit/${room}/`, import.meta.url))];
  const files = entries.map(({ name }) => name).filter((name) => name.endsWith("_test.ts"));
  return files.sort().map((name) => `import ${at(`tests/unit/${room}/${name}`)};\n`);
}

/** Runs a script to the end of its process, and returns what it printed, line by line. */
async function linesOf(program: string, script: string, ...args: string[]): Promise<string[]> {
  const text = await output(program, ["--enable-source-maps", script, ...args]);
  return text.trimEnd().split("\n");
}

/** Runs a program that imports all of the library from "./script.mjs". */
async function linesOfProgram(program: string, source: string, ...args: string[]) {
  const main = join(folder, `${crypto.randomUUID()}.mjs`);
  await Deno.writeTextFile(main, source);
  return await linesOf(program, main, ...args);
}

/** All that the library has for Node, in one module. */
const LIBRARY = ["mod.ts", "net.ts", "process.ts", "http.ts"].map((door) =>
  `export * from ${at(door)};\n`
).join("");

/** Prints, at the very end, what of Node's nobody has given back. */
const TELL_LEFT = `
  process.on("exit", () => {
    const left = process.getActiveResourcesInfo();
    const ours = left.filter((name) => /TCP|TLS|Process|Signal/.test(name));
    console.log("left:", ours.join() || "nothing");
  });
`;

/** Leaves everything open that can be, and somebody waiting for each. */
const LEAVES = `
  import * as lib from "./script.mjs";
  import { rmSync } from "node:fs";
  const [, , certificates, socket] = process.argv;
  const { ca, cert, key } = JSON.parse(certificates);
  ${TELL_LEFT}
  function* waits(reader) {
    yield* reader.read();
  }
  await lib.run(function* () {
    const plain = yield* lib.startServer(waits, "127.0.0.1", 0);
    const secret = yield* lib.startServer(waits, "127.0.0.1", 0, { tls: { cert, key } });
    yield* lib.startUnixServer(waits, socket);
    const tls = { hostname: "localhost", caCerts: [ca] };
    const ends = [
      yield* lib.openConnection("127.0.0.1", plain.sockname.port),
      yield* lib.openConnection("127.0.0.1", secret.sockname.port, { tls }),
      yield* lib.openUnixConnection(socket),
    ];
    const child = yield* lib.createSubprocessExec("sleep", ["1000"], { stdin: "pipe", stdout: "pipe" });
    lib.addSignalHandler("SIGUSR2", () => {});
    for (const [reader] of ends) lib.createTask(reader.readline());
    lib.createTask(child.stdout.read());
    lib.createTask(child.wait());
    yield* lib.sleep(20);
    console.log("leaves");
  });
  console.log("over");
`;

/** Runs into what the host can't do. */
const REFUSED = `
  import { openConnection, serve, startServer, run } from "./script.mjs";
  const refusal = async (body) => {
    try {
      await run(body);
      return "nothing";
    } catch (error) {
      return error.name;
    }
  };
  console.log("serve:", await refusal(() => serve(() => new Response())));
  console.log("reusePort:", await refusal(function* () {
    const first = yield* startServer(() => {}, "127.0.0.1", 0, { reusePort: true });
    yield* startServer(() => {}, "127.0.0.1", first.sockname.port, { reusePort: true });
  }));
  process.getBuiltinModule = undefined;
  console.log("modules:", await refusal(() => openConnection("127.0.0.1", 1)));
`;

/** Runs out of file descriptors. Node then accepts clients only to drop them, and tells nobody. */
const EXHAUSTED = `
  import { openConnection, run, sleep, startServer } from "./script.mjs";
  import { closeSync, openSync } from "node:fs";
  await run(function* () {
    const server = yield* startServer((reader, writer) => writer.write("hello"), "127.0.0.1", 0);
    const connect = () => openConnection("127.0.0.1", server.sockname.port);
    const files = [];
    try {
      for (;;) files.push(openSync("/dev/null"));
    } catch {}
    try {
      yield* connect();
    } catch (error) {
      console.log(error.name, error.code);
    }
    closeSync(files.pop());
    const [dropped] = yield* connect();
    try {
      console.log((yield* dropped.read()).length);
    } catch (error) {
      console.log(0);
    }
    for (const file of files) closeSync(file);
    const [served] = yield* connect();
    console.log(String(yield* served.readexactly(5)));
  });
  console.log("over");
`;

for (const { major, program } of nodes) {
  const nodeTest = (name: string, body: (program: string) => Promise<void>) =>
    Deno.test({
      name: `Node ${major}: ${name}`,
      ignore: program === null,
      fn: () => body(program!),
    });

  nodeTest(`the tests of ${ROOMS.join(", ")} pass, and leave nothing behind`, async (program) => {
    const lines = await linesOf(program, join(folder, "tests", "script.mjs"));
    const outcomes: Outcome[] = lines.map((line) => JSON.parse(line));
    const { left } = outcomes.pop() as unknown as Rest;
    const failed = outcomes.filter(({ failure, name }) => failure !== null && !EXCEPTIONS[name]);
    assertEquals(failed.map(({ name, failure }) => `${name}: ${failure}`), []);
    const needDeno = outcomes.filter(({ missing }) => missing !== null);
    assert(needDeno.length < outcomes.length * NEED_DENO, JSON.stringify(needDeno));
    assertEquals(left, []);
  });

  nodeTest("a loop that ends closes what is open, and then the process ends", async (program) => {
    const certificates = JSON.stringify(await makeCertificates());
    const socket = join(folder, `socket_${major}`);
    const lines = await linesOfProgram(program, LEAVES, certificates, socket);
    assertEquals(lines, ["leaves", "over", "left: nothing"]);
  });

  nodeTest("what can't be had is refused by an error that says so", async (program) => {
    assertEquals(await linesOfProgram(program, REFUSED), [
      "serve: InvalidStateError",
      `reusePort: ${major < 23 ? "InvalidStateError" : "nothing"}`,
      "modules: InvalidStateError",
    ]);
  });

  Deno.test({
    name: `Node ${major}: a server that was out of file descriptors goes on`,
    ignore: program === null || Deno.build.os !== "linux",
    fn: async () => {
      const main = join(folder, `exhausted_${major}.mjs`);
      await Deno.writeTextFile(main, EXHAUSTED);
      const text = await output("sh", ["-c", 'ulimit -n 100; exec "$0" "$1"', program!, main]);
      assertEquals(text.trim().split("\n"), ["OSError EMFILE", "0", "104,101,108,108,111", "over"]);
    },
  });

  nodeTest("signals do to programs what they do in Deno", async (program) => {
    const main = join(folder, `rule_${major}.mjs`);
    for (const rule of rules) {
      if (EXCEPTIONS[rule.name]) continue;
      await Deno.writeTextFile(main, source("./script.mjs", "./script.mjs", rule.program));
      await check(rule, program, [main]).catch((cause) => {
        throw new Error(rule.name, { cause });
      });
    }
  });
}
