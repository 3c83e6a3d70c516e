/**
 * Closing that takes long: run() says once which tasks keep it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Coroutine, createTask, Event, type ExceptionContext, run, sleep } from "../../mod.ts";
import { HostSeconds } from "./host_seconds.ts";
import { onBothCores, printed } from "./support.ts";

/** Swallows every cancel until an event is set. */
function* stubborn(end: Event): Coroutine<void> {
  while (!end.isSet()) {
    try {
      yield* end.wait();
    } catch { /* stays */ }
  }
}

/** Lets the loops run for a while. */
async function hostTurns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve));
}

onBothCores("run() says once which cancelled tasks keep it from closing", async ({ core }) => {
  using host = new HostSeconds();
  const contexts: ExceptionContext[] = [];
  const end = new Event();
  const running = run(function* () {
    createTask(stubborn(end), { name: "first" });
    createTask(sleep("1h"), { name: "obedient" });
    createTask(function* outer() {
      yield* stubborn(end);
    }, { name: "second" });
    yield;
    return "main's result";
  }, { core, exceptionHandler: (context) => contexts.push(context) });
  await hostTurns();
  host.pass(900);
  assertEquals(contexts, []);
  host.pass(200);
  host.pass(5000);
  assertEquals(contexts.length, 1);
  const [{ message }] = contexts;
  assert(message.includes("2 still run"), message);
  assert(message.includes('Task "first" waiting for event'), message);
  assert(message.includes('Task "second" waiting for event'), message);
  assert(!message.includes("obedient"), message);
  assert(/second.*\n\s+at stubborn .*\n\s+at outer /.test(message), message);
  assertEquals("exception" in contexts[0], false);
  end.set();
  assertEquals(await running, "main's result");
  assertEquals([contexts.length, host.timers], [1, 0]);
});

onBothCores("a closing within the second says nothing", async ({ core }) => {
  using host = new HostSeconds();
  const lines = await printed("error", async () => {
    await run(function* () {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          yield* sleep(5);
        }
      });
      yield;
    }, { core });
    host.pass(5000);
  });
  assertEquals([lines, host.timers], [[], 0]);
});

onBothCores("without a handler it is printed; of many tasks some are named", async ({ core }) => {
  using host = new HostSeconds();
  const end = new Event();
  const lines = await printed("error", async () => {
    const running = run(function* () {
      for (let i = 0; i < 1000; i++) createTask(stubborn(end), { name: "x".repeat(10_000) });
      yield;
    }, { core });
    await hostTurns();
    host.pass(1100);
    end.set();
    await running;
  });
  assertEquals(lines.length, 1);
  assert(lines[0].includes("1000 still run"), lines[0].slice(0, 500));
  assert(lines[0].includes("and 990 more"), lines[0].slice(-500));
  assert(lines[0].length < 20_000, `${lines[0].length} characters`);
});

onBothCores("a handler that throws doesn't keep run() from ending", async ({ core }) => {
  using host = new HostSeconds();
  const end = new Event();
  const lines = await printed("error", async () => {
    const running = run(function* () {
      createTask(stubborn(end));
      yield;
    }, {
      core,
      exceptionHandler: () => {
        throw new Error("the handler's");
      },
    });
    await hostTurns();
    host.pass(1100);
    end.set();
    await running;
  });
  assertEquals(lines.length, 2);
  assert(lines[1].includes("the handler's"), lines[1]);
});

onBothCores(
  "what is made while others are cancelled at the end is abandoned, as in CPython",
  async ({ core }) => {
    const log: string[] = [];
    await run(function* () {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          createTask(function* () {
            try {
              log.push("begins");
              yield* sleep("1h");
            } finally {
              log.push("is cancelled");
            }
          });
          yield* sleep(1);
          log.push("ends");
        }
      });
      yield;
    }, { core });
    assertEquals(log, ["begins", "ends"]);
  },
);
