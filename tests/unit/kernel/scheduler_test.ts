/**
 * Turns of the loop: what runs when, when the host gets in, and what keeps a process alive.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createTask,
  Future,
  gather,
  getRunningLoop,
  Queue,
  run,
  sleep,
  type Task,
  until,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { onBothCores, program, test, turns } from "../support.ts";
import { FakeHost } from "./fake_host.ts";

test("a turn runs what was ready when it began, and nothing else", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  loop.callSoon(() => {
    log.push("a");
    loop.callSoon(() => log.push("c"));
  });
  loop.callSoon(() => log.push("b"));
  yield;
  assertEquals(log, ["a", "b"]);
  yield;
  assertEquals(log, ["a", "b", "c"]);
});

test("a turn runs only the handles that were ready when it began", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  loop.callSoon(() => {
    log.push("first");
    loop.callSoon(() => log.push("made by first"));
  });
  loop.callSoon(() => log.push("second"));
  // Due when the turn begins, so it goes before what the turn itself makes ready.
  loop.callAt(loop.time() - 1, () => log.push("timer"));
  yield* sleep(10);
  assertEquals(log, ["first", "second", "timer", "made by first"]);
});

test("a timer that is due queues behind what is ready", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  loop.callAt(loop.time() - 1, () => log.push("timer"));
  loop.callSoon(() => log.push("soon"));
  yield* turns(2);
  assertEquals(log, ["soon", "timer"]);
});

test("timers that come due queue behind what is ready, by deadline", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  const now = loop.time();
  for (const late of [2, 50, 1, 7]) loop.callAt(now - late, () => log.push(`due ${late}`));
  loop.callSoon(() => log.push("ready"));
  yield* sleep(10);
  assertEquals(log, ["ready", "due 50", "due 7", "due 2", "due 1"]);
});

test("thousands of tasks and timers are kept in order while the core grows", function* () {
  const loop = getRunningLoop();
  const count = 5000;
  const ready: number[] = [];
  const slept: number[] = [];
  const tasks = Array.from({ length: count }, (_, i) =>
    createTask(function* () {
      ready.push(i);
      yield* sleep(1 + (i * 7919 % count) / 1000);
      slept.push(loop.time());
    }));
  yield* gather(tasks);
  assertEquals(ready, Array.from({ length: count }, (_, i) => i));
  assertEquals(slept.length, count);
  for (let i = 1; i < count; i++) assert(slept[i - 1] <= slept[i]);
});

test("places of finished tasks and cancelled timers are used again", function* () {
  const loop = getRunningLoop();
  let woken = 0;
  for (let round = 0; round < 50; round++) {
    const timers = Array.from({ length: 20 }, () => loop.callLater(1, () => woken++));
    for (const timer of timers.slice(0, 10)) timer.cancel();
    const tasks = Array.from({ length: 20 }, () => createTask(sleep(0.5)));
    yield* turns(1);
    for (const task of tasks.slice(0, 10)) task.cancel();
    yield* sleep(1);
    assertEquals(tasks.filter((task) => task.cancelled()).length, 10);
    assertEquals(tasks.filter((task) => task.done()).length, 20);
  }
  assertEquals(woken, 500);
});

for (const [how, wait] of [["a bare yield", undefined], ["sleep(0)", 0]] as const) {
  onBothCores(
    `the host's timers and promises get in while tasks are busy with ${how}`,
    async ({ run }) => {
      await run(function* () {
        const heard = new Set<string>();
        setTimeout(() => heard.add("timer"));
        setImmediate(() => heard.add("immediate"));
        Promise.resolve().then(() => heard.add("promise"));
        const channel = new MessageChannel();
        channel.port1.onmessage = () => heard.add("message");
        channel.port2.postMessage(null);
        const busy = [1, 2, 3].map(() =>
          createTask(function* () {
            while (heard.size < 4) {
              if (wait === undefined) yield;
              else yield* sleep(wait);
            }
          })
        );
        yield* gather(busy);
        channel.port1.close();
        assertEquals([...heard].sort(), ["immediate", "message", "promise", "timer"]);
      }, { timeSlice: 1 });
    },
  );
}

onBothCores("the host gets in between long steps", async ({ run }) => {
  await run(function* () {
    let heard = false;
    setTimeout(() => heard = true);
    while (!heard) {
      const end = performance.now() + 2;
      while (performance.now() < end);
      yield;
    }
  });
});

test("the host's I/O gets in while tasks keep the loop busy", function* () {
  let answered = false;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => answered = true;
  port2.postMessage("ping");
  try {
    let turns = 0;
    while (!answered && turns < 10_000_000) {
      yield* sleep(0);
      turns++;
    }
    assert(answered, "a busy loop starved the host");
  } finally {
    port1.close();
    port2.close();
  }
});

onBothCores(
  "the host gets in while callbacks schedule one another without end",
  async ({ run }) => {
    await run(function* () {
      const loop = getRunningLoop();
      const heard = new Future<void>();
      setTimeout(() => heard.setResult());
      const again = () => {
        if (!heard.done()) loop.callSoon(again);
      };
      again();
      yield* heard;
    }, { timeSlice: 1 });
  },
);

onBothCores(
  "the host gets in while tasks and promises wake each other without end",
  async ({ run }) => {
    await run(function* () {
      let heard = false;
      setTimeout(() => heard = true);
      while (!heard) yield* until(Promise.resolve());
    }, { timeSlice: 1 });
  },
);

onBothCores("a server in the same process answers while tasks are busy", async ({ run }) => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("answer"),
  );
  await run(function* () {
    let text = "";
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const request = fetch(url).then((response) => response.text()).then((body) => text = body);
    while (text === "") yield;
    yield* until(request);
    assertEquals(text, "answer");
  });
  await server.shutdown();
});

onBothCores("a virtual clock leaves the host its turns, too", async ({ run }) => {
  await run(function* () {
    let heard = false;
    setTimeout(() => heard = true);
    while (!heard) yield;
  }, { clock: new VirtualClock(), timeSlice: 1 });
});

onBothCores("without a time slice the host waits until nothing is ready", async ({ run }) => {
  await run(function* () {
    const log: string[] = [];
    setImmediate(() => log.push("host"));
    const end = performance.now() + 20;
    while (performance.now() < end) yield;
    assertEquals(log, []);
    yield* sleep(1);
    while (log.length === 0) yield* sleep(1);
    assertEquals(log, ["host"]);
  }, { timeSlice: null });
});

onBothCores("two busy loops share the host", async ({ run }) => {
  const steps = { a: 0, b: 0 };
  const program = (mine: "a" | "b", other: "a" | "b") =>
    run(function* () {
      while (steps[other] < 100) {
        steps[mine]++;
        yield;
      }
      steps[mine] += 100;
    }, { timeSlice: 1 });
  await Promise.all([program("a", "b"), program("b", "a")]);
  assert(steps.a >= 100 && steps.b >= 100);
});

Deno.test("both cores order a mixed program in the same way", async () => {
  function* main() {
    const log: [string, number][] = [];
    const loop = getRunningLoop();
    const queue = new Queue<number>(2);
    const note = (what: string) => log.push([what, loop.time()]);
    const workers = Array.from({ length: 5 }, (_, i) =>
      createTask(function* () {
        for (let j = 0; j < 4; j++) {
          yield* sleep((i * 3 + j * 5) % 7);
          yield* queue.put(i);
          note(`put ${i}`);
        }
      }));
    for (let i = 0; i < 20; i++) note(`got ${yield* queue.get()}`);
    yield* gather(workers);
    return log;
  }
  const [wasm, js] = await Promise.all(
    (["wasm", "js"] as const).map((core) => run(main, { core, clock: new VirtualClock() })),
  );
  assertEquals(wasm.length, 40);
  assertEquals(wasm, js);
});

Deno.test("a program ends by itself when its loop has ended", async () => {
  const { code, out, err } = await program(`
    await asyncio.run(function* () {
      asyncio.createTask(asyncio.sleep("1h"));
      asyncio.getRunningLoop().callLater("1h", () => {});
      yield* asyncio.sleep(1);
      console.log("main is done");
    });
    console.log("run is done");
  `);
  assertEquals({ code, out, err }, { code: 0, out: "main is done\nrun is done\n", err: "" });
});

Deno.test("the default loop keeps a process alive for its work, and no longer", async () => {
  const { code, out, err } = await program(`
    const { createTask, sleep, Future } = asyncio;
    createTask(function* () {
      yield* sleep(5);
      console.log("slept");
    });
    await createTask(sleep(1));
    console.log("awaited");
    createTask(new Future()); // nobody will ever set it
  `);
  assertEquals({ code, err }, { code: 0, err: "" });
  assertEquals(out.trim().split("\n").sort(), ["awaited", "slept"]);
});

Deno.test("a timer that is cancelled does not keep a process alive", async () => {
  const { code, out } = await program(`
    const { createTask, sleep, getRunningLoop } = asyncio;
    createTask(function* () {
      const handle = getRunningLoop().callLater("1h", () => {});
      const sleeper = createTask(sleep("1h"));
      yield* sleep(1);
      handle.cancel();
      sleeper.cancel();
      console.log("cancelled");
    });
  `);
  assertEquals({ code, out }, { code: 0, out: "cancelled\n" });
});

Deno.test("a failed task of the default loop that nobody waited for is reported soon", async () => {
  const { code, out, err } = await program(`
    const { createTask } = asyncio;
    createTask(function* () {
      throw new RangeError("lost");
    }, { name: "loser" });
    const seen = createTask(function* () {
      throw new RangeError("seen");
    });
    await seen.then(null, () => console.log("caught"));
    setTimeout(() => console.log("the end"), 20);
  `);
  assertEquals({ code, out }, { code: 0, out: "caught\nthe end\n" });
  assert(err.includes("Task loser failed and nobody waited for it"), err);
  assert(err.includes("RangeError: lost") && !err.includes("RangeError: seen"), err);
});

onBothCores(
  "a task that runs for ever can be stopped from outside, by its signal or cancel()",
  async ({ run }) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    let steps = 0;
    await assertRejects(() =>
      run(function* () {
        for (;;) {
          steps++;
          yield;
        }
      }, { signal: controller.signal, timeSlice: 1 })
    );
    assert(steps > 1);
    const task: Task<void> = createTask(function* () {
      for (;;) yield;
    });
    setTimeout(() => task.cancel(), 5);
    await assertRejects(() => Promise.resolve(task));
    assert(task.cancelled());
  },
);

Deno.test("a slice overruns by 128 steps at most where they suddenly get long, and soon by one", async () => {
  using host = new FakeHost();
  const SHORT = 10_000;
  let steps = 0;
  let stop = false;
  const end = run(function* () {
    while (!stop) {
      if (++steps > SHORT) host.now += 20;
      yield;
    }
  }, { signals: false });
  /** How many steps there are before the host has its turns. */
  const slice = async () => {
    const before = steps;
    while (steps === before) {
      if (host.busy) host.step();
      await null;
    }
    return steps - before;
  };
  const first = await slice() - SHORT;
  assert(first > 0 && first <= 128, `${first}`);
  for (let i = 0; i < 5; i++) assertEquals(await slice(), 1);
  stop = true;
  while (host.busy) {
    host.step();
    await null;
  }
  await end;
});

onBothCores("a sleep is noticed, however many steps its slice had run before", async ({ run }) => {
  await run(function* () {
    // A timer that is there makes each slice begin with a reading of the clock.
    const other = createTask(sleep("1h"));
    for (let steps = 100; steps < 160; steps++) {
      yield* until(new Promise<void>((resolve) => setTimeout(resolve)));
      yield* turns(steps);
      yield* sleep(0.1);
    }
    other.cancel();
  });
});
