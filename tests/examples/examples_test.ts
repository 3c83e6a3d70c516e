/**
 * The small examples, as programs in processes of their own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { getRunningLoop, run } from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";
import { main as backgroundTask } from "../../examples/background_task.ts";
import { main as greetings } from "../../examples/greetings.ts";
import { main as timeout } from "../../examples/timeout.ts";
import { main as twoTasks } from "../../examples/two_tasks.ts";
import { EXAMPLES, spawnExample } from "./spawn.ts";

interface Example {
  file: string;
  main: () => Generator<unknown, void, unknown>;
  /** How long it takes, in milliseconds. */
  duration: number;
  output: string[];
}

const examples: Example[] = [
  {
    file: "greetings.ts",
    main: greetings,
    duration: 2000,
    output: ["Hello, Alice!", "Hello, Bob!", "Goodbye, Alice!", "Goodbye, Bob!"],
  },
  {
    file: "two_tasks.ts",
    main: twoTasks,
    duration: 2000,
    output: [
      "Task one starting...",
      "Task two starting...",
      "Task two completed!",
      "Task one completed!",
    ],
  },
  { file: "timeout.ts", main: timeout, duration: 2000, output: ["Task timed out!"] },
  {
    file: "background_task.ts",
    main: backgroundTask,
    duration: 2000,
    output: [
      "The bread is in the toaster.",
      "The kettle is on.",
      "The toast is ready.",
      "The tea is ready.",
      "Breakfast: toast and tea.",
    ],
  },
];

Deno.test("every example has a test: here, or in a file of its own", () => {
  const tests = [...Deno.readDirSync(new URL("./", import.meta.url))].map(({ name }) => name);
  const files = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ts"));
  const untested = files.filter((name) => !tests.includes(name.replace(".ts", "_test.ts")))
    .filter((name) => !examples.some(({ file }) => file === name));
  assertEquals(untested, []);
});

Deno.test("the examples print what they promise, and need no permissions", async () => {
  const runs = await Promise.all(examples.map(({ file }) => spawnExample(file).output()));
  for (const [i, { file, output }] of examples.entries()) {
    const { code, stdout, stderr } = runs[i];
    assertEquals({ file, code, stderr, stdout }, {
      file,
      code: 0,
      stderr: "",
      stdout: output.join("\n") + "\n",
    });
  }
});

for (const core of ["wasm", "js"] as const) {
  for (const { file, main, duration, output } of examples) {
    Deno.test(`${file} takes ${duration} ms of its clock's time (${core} core)`, async () => {
      const lines: string[] = [];
      const log = console.log;
      console.log = (line: string) => lines.push(line);
      try {
        const elapsed = await run(function* () {
          const loop = getRunningLoop();
          const start = loop.time();
          yield* main();
          return loop.time() - start;
        }, { clock: new VirtualClock(), core });
        assertEquals({ elapsed, lines }, { elapsed: duration, lines: output });
      } finally {
        console.log = log;
      }
    });
  }
}
