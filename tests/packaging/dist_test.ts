/**
 * What is released: how it is loaded from a URL, that its types hold and hide what is the library's own,
 * that nothing in it is there twice, and that stack traces lead to the sources.
 *
 * @module
 */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import config from "../../deno.json" with { type: "json" };
import { shared } from "../../scripts/bundle.ts";
import { respondWith, serve } from "../server.ts";
import { writeReleased } from "./fixture.ts";
import { output, outputOfDeno } from "./subprocess.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const doors = Object.values(config.exports).map((path) => path.slice("./".length, -".ts".length));

let directory: string;
Deno.test.beforeAll(async () => {
  directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
  await writeReleased(directory);
});
Deno.test.afterAll(() => Deno.remove(directory, { recursive: true }));

/** Runs a program, whose `LIBRARY` is where the files are served, with an empty cache. */
async function runServed(program: string, flags: string[] = []) {
  const server = serve((path) => respondWith(pathToFileURL(join(directory, path))));
  const folder = await Deno.makeTempDir({ prefix: "wasyncio_" });
  try {
    const main = join(folder, "main.ts");
    await Deno.writeTextFile(main, program.replaceAll("LIBRARY", `http://${server.host}`));
    const text = await outputOfDeno([...flags, `--allow-import=${server.host}`, main], {
      env: { DENO_DIR: join(folder, "cache") },
    });
    return { text: text.trim(), requested: server.requested };
  } finally {
    await Deno.remove(folder, { recursive: true });
    await server.close();
  }
}

/** Whether a program that imports the released files passes the type check, with what was complained. */
async function check(program: string): Promise<string> {
  const main = join(directory, `checked_${crypto.randomUUID()}.ts`);
  await Deno.writeTextFile(main, program);
  try {
    await output(Deno.execPath(), ["check", "--quiet", "--all", "--no-config", "--no-lock", main], {
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    });
    return "";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await Deno.remove(main);
  }
}

Deno.test("a program that imports mod.ts makes three requests at most", async () => {
  const program = `
    import { run, sleep } from "LIBRARY/mod.ts";
    console.log(await run(sleep(1, "slept")));
  `;
  const { text, requested } = await runServed(program);
  assertEquals(text, "slept");
  assertLess(requested.length, 4, requested.join());
});

Deno.test("further entry points cost two requests each, and what some of them share one or two", async () => {
  const program = doors.map((door) => `import "LIBRARY/${door}.ts";`).join("\n");
  const { requested } = await runServed(program);
  // What all share; streams, which two have; and errors of the system, which three have.
  const chunks = 3;
  assertLess(requested.length, 2 * doors.length + chunks + 1, requested.join());
});

Deno.test("the types hold over http, and are fetched for a type check only", async () => {
  const program = `
    import { run, sleep, type Task, waitFor } from "LIBRARY/mod.ts";
    import { suspend } from "LIBRARY/lowlevel.ts";
    const text: string = await run(function* () {
      const list: number[] = yield* waitFor(suspend<number[]>((wake) => wake([1])), "1s");
      return yield* sleep(1, list.join());
    });
    // @ts-expect-error It is no number.
    const wrong: number = await run(sleep(1, "text"));
    console.log(text, wrong);
    export const getSignal = (task: Task<unknown>): AbortSignal => task.signal;
  `;
  const { text, requested } = await runServed(program, ["--check=all"]);
  assertEquals(text, "1 text");
  assert(requested.some((name) => name.endsWith(".d.ts")), requested.join());
});

/** A program that shows where it is called from. */
function traced(library: string): string {
  return `
    import { run } from "${library}";
    await run(function* () { console.log(new Error().stack); });
  `;
}

Deno.test("stack traces lead to the sources, from URLs as well", async () => {
  const { text } = await runServed(traced("LIBRARY/mod.ts"));
  assertMatch(text, /at \S+ \(http:\/\/127\.0\.0\.1:\d+\/src\/task\/generator\.ts:\d+:\d+\)/);
  assertMatch(text, /\/src\/kernel\/scheduler\.ts:\d+:\d+/);

  const main = join(directory, "traced.mjs");
  await Deno.writeTextFile(main, traced("./mod.js"));
  assertMatch(await outputOfDeno([main]), /\/src\/kernel\/scheduler\.ts:\d+:\d+/);
});

Deno.test("the lines of the small source map are those of the source", async () => {
  const { text } = await runServed(traced("LIBRARY/mod.ts"));
  const [, line] = /\/src\/task\/generator\.ts:(\d+)/.exec(text)!;
  const source = await Deno.readTextFile(join(root, "src/task/generator.ts"));
  assertMatch(source.split("\n")[Number(line) - 1], /next\.call\(/i);
});

Deno.test("frames of the released files are told from those of the program", async () => {
  const main = join(directory, "waits.mjs");
  await Deno.writeTextFile(
    main,
    `import { run, until } from "./mod.js";
     async function fails() { await null; throw new Error("failed"); }
     await run(function* waits() { yield* until(fails()); }).catch((e) => console.log(e.stack));`,
  );
  for (const text of [await outputOfDeno([main]), await outputOfNode([main])]) {
    const waiters = text.split("\n").filter((line) => line.includes("at async"));
    const own = waiters.filter((line) => /wasyncio-|\/src\//.test(line));
    assertEquals(own, [], text);
  }
});

/** What Node prints; without Node, nothing. */
async function outputOfNode(args: string[]): Promise<string> {
  try {
    return await output("node", args);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("Node is not on the PATH: nothing was run under it");
    return "";
  }
}

for (const suffix of ["js", "ts"]) {
  Deno.test(`the entry points share classes and what runs (.${suffix})`, async () => {
    const main = join(directory, `shared_${suffix}.mjs`);
    const imports = doors.map((door) => `import * as ${door} from "./${door}.${suffix}";`);
    await Deno.writeTextFile(
      main,
      `${imports.join("\n")}
      console.log(await mod.run(function* () {
        const before = mod.getRunningLoop().time();
        yield* mod.sleep("1h");
        const hour = mod.getRunningLoop().time() - before;
        const task = mod.createTask(lowlevel.suspend((wake) => wake("woken")));
        return [hour, yield* task].join();
      }, { clock: new testing.VirtualClock() }));`,
    );
    assertEquals(await outputOfDeno([main]), "3600000,woken\n");
  });

  Deno.test(`the entry points export what the sources do (.${suffix})`, async () => {
    for (const door of doors) {
      const released = await import(`file://${directory}/${door}.${suffix}`);
      const source = await import(`../../${door}.ts`);
      assertEquals(Object.keys(released), Object.keys(source));
    }
  });
}

Deno.test("a class is the same type from every entry point", async () => {
  const complaint = await check(`
    import { type Clock, type Operation, run, sleep } from "./mod.ts";
    import { VirtualClock } from "./testing.ts";
    import { WaitQueue } from "./lowlevel.ts";
    const clock: Clock = new VirtualClock();
    const queue = new WaitQueue<number>({
      tryAcquire: () => true,
      onWoken: () => true,
      onAbandoned() {},
    });
    const operation: Operation<number> = queue.wait();
    await run(function* () { yield* sleep(1); yield* operation; }, { clock });
  `);
  assertEquals(complaint, "");
});

Deno.test("what is a type in the sources is one in the released files", async () => {
  const complaint = await check(`import { Operation } from "./mod.ts"; console.log(Operation);`);
  assertMatch(complaint, /'Operation' cannot be used as a value/);
});

Deno.test("classes that programs don't make refuse to be made, and keep their identity", async () => {
  assertMatch(await check(`import { Task } from "./mod.ts"; new Task();`), /Expected 1 argument/);
  const complaint = await check(`
    import { Lock } from "./mod.ts";
    export const lock: Lock = {
      name: "", acquire: null!, release() {}, locked: () => false, toString: () => "", toJSON: () => "",
    };
  `);
  assertMatch(complaint, /#private/);
});

Deno.test("messages name things by what they are, not by their shortened classes", async () => {
  const program = `
    import { createTask, Lock, Queue, run, sleep, waitFor } from "${new URL(
    `file://${join(directory, "mod.js")}`,
  )}";
    const mistakes = [
      () => run(new Queue()),
      () => createTask(new Lock({ name: "ledger" })),
      () => waitFor("1s", sleep(1)),
      () => run(function* () { yield sleep(1); }),
    ];
    for (const mistake of mistakes) {
      try {
        await mistake();
      } catch (error) {
        console.log(error.message.replace(/.*got |Cannot yield an /, ""));
      }
    }`;
  assertEquals((await output(Deno.execPath(), ["eval", program])).trim().split("\n").slice(0, 4), [
    "Queue with 0 items",
    'Lock "ledger" unlocked, 0 waiting',
    "Operation of sleep()",
    "Operation of sleep(): write yield* instead of yield",
  ]);
});

Deno.test("the declarations show no name with an underscore and nothing private", async () => {
  for await (const { name } of Deno.readDir(directory)) {
    if (!name.endsWith(".d.ts")) continue;
    const text = await Deno.readTextFile(join(directory, name));
    const code = text.replaceAll(/\/\*\*[^]*?\*\//g, "");
    assertEquals(code.match(/\b_\w+|\bprivate \w+|\bprotected \w+/g), null, name);
    assert(code.includes('/// <reference lib="esnext.disposable" />'), name);
  }
});

Deno.test("bundlers keep of the released files what they keep of the sources", async () => {
  const weigh = async (names: string, from: string) => {
    const { outputFiles } = await esbuild.build({
      ...(from === "ts" ? shared : { bundle: true, minify: true, target: "es2022" }),
      stdin: {
        contents: `export { ${names} } from "./mod.${from}"`,
        resolveDir: from === "ts" ? root : directory,
      },
      format: "esm",
      write: false,
    });
    return outputFiles[0].contents.length;
  };
  try {
    for (const names of ["run, sleep, gather", "Queue", "Lock, Event"]) {
      assertLess(await weigh(names, "js"), await weigh(names, "ts") * 1.01, names);
    }
  } finally {
    await esbuild.stop();
  }
});

Deno.test("a program's class that extends one of ours may call its members what it likes", async () => {
  const program = `
    import { Event, Future, Lock, Queue, run, sleep } from "./mod.js";
    const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$"];
    const names = [...letters, ...letters.flatMap((one) => letters.map((two) => one + two))];
    const extended = (Base) => {
      class Mine extends Base {}
      return Object.assign(new Mine(), Object.fromEntries(names.map((name) => [name, "mine"])));
    };
    console.log(await run(function* () {
      const [queue, lock, event, future] = [Queue, Lock, Event, Future].map(extended);
      yield* queue.put("a queue");
      yield* lock.acquire();
      lock.release();
      event.set();
      yield* event.wait();
      future.setResult("a future");
      return [yield* queue.get(), yield* future, yield* sleep(1, "a sleep")].join();
    }));
  `;
  const main = join(directory, "extending.js");
  await Deno.writeTextFile(main, program);
  assertEquals((await outputOfDeno([main])).trim(), "a queue,a future,a sleep");
});
