/**
 * What keeps a process alive, and what must not.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { outputOfDeno } from "./subprocess.ts";

const mod = new URL("../../mod.ts", import.meta.url).href;

/** Runs a program to the end of its process: it fails if anything keeps the process alive. */
async function run(names: string, body: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
  try {
    const main = `${directory}/main.ts`;
    await Deno.writeTextFile(main, `import { ${names} } from "${mod}";\n${body}`);
    return (await outputOfDeno([main])).trim();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("importing the library keeps no process alive", async () => {
  assertEquals(await run("run", `console.log(typeof run);`), "function");
});

Deno.test("an empty program ends by itself", async () => {
  const body = `await run(function* () {}); console.log("done");`;
  assertEquals(await run("run", body), "done");
});

Deno.test("a timer left behind ends with its loop", async () => {
  const body = `
    await run(function* () {
      getRunningLoop().callLater("1h", () => console.log("too late"));
    });
    console.log("done");
  `;
  assertEquals(await run("getRunningLoop, run", body), "done");
});

Deno.test("a limit that was not reached keeps nothing alive", async () => {
  const body = `
    console.log(await waitFor(sleep(1, "in time"), "1h"));
    console.log(await timeout("1h", () => sleep(1, "in time, too")));
  `;
  assertEquals(await run("sleep, timeout, waitFor", body), "in time\nin time, too");
});

Deno.test("a cancelled sleeper on the default loop keeps nothing alive", async () => {
  const body = `
    const task = createTask(sleep("1h"));
    await sleep(0);
    task.cancel();
    await task.then(null, (error) => console.log(error.name));
  `;
  assertEquals(await run("createTask, sleep", body), "CancelledError");
});

Deno.test("a runner that nobody closed keeps nothing alive", async () => {
  const body = `console.log(await new Runner().run(sleep(1, "done")));`;
  assertEquals(await run("Runner, sleep", body), "done");
});

Deno.test("a task on the default loop runs to its end before the process does", async () => {
  const body = `
    createTask(function* () {
      yield* sleep(20);
      console.log("last words");
    });
  `;
  assertEquals(await run("createTask, sleep", body), "last words");
});
