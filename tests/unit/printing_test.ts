/**
 * How tasks, futures and primitives print: as one line each, wherever they are printed.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  createTask,
  currentTask,
  Event,
  Future,
  gather,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  shield,
  sleep,
  timeout,
  until,
  wait,
  waitFor,
} from "../../mod.ts";
import { bundle, ESM } from "../../scripts/bundle.ts";
import { failing, failure, later, onBothCores, printed, test, turns } from "./support.ts";

/** The same thing as the language, the host and JSON print it, which must agree. */
function line(x: object): string {
  const text = String(x);
  assertEquals(Deno.inspect(x), text);
  assertEquals(JSON.stringify(x), JSON.stringify(text));
  assertEquals(`${x}`, text);
  assertEquals(text.split("\n").length, 1);
  return text;
}

test("a future prints its state", function* () {
  const futures = [0, 1, 2, 3].map(() => new Future<unknown>());
  futures[1].setResult("anything");
  futures[2].setException(new RangeError("wrong"));
  futures[3].cancel();
  const [pending, done, failed, cancelled] = futures.map(line);
  assertEquals([pending, done, cancelled], ["Future pending", "Future done", "Future cancelled"]);
  assert(failed.startsWith("Future failed: "), failed);
  assert(failed.includes("RangeError"), failed);
  futures[2].exception();
  yield;
});

test("a task prints its name and its state", function* () {
  const task = createTask(
    function* () {
      const running = line(currentTask()!);
      yield* sleep(1);
      return running;
    },
    { name: "fetch-1" },
  );
  assertEquals(line(task), 'Task "fetch-1" ready');
  yield;
  assertEquals(line(task), 'Task "fetch-1" waiting for sleep()');
  assertEquals(yield* task, 'Task "fetch-1" running');
  assertEquals(line(task), 'Task "fetch-1" done');
  const cancelled = createTask(sleep("1h"), { name: "fetch-2" });
  yield;
  cancelled.cancel();
  yield;
  assertEquals(line(cancelled), 'Task "fetch-2" cancelled');
  const failed = createTask(failing(0, new RangeError("wrong")), { name: "fetch-3" });
  yield* failure(RangeError, failed);
  assert(line(failed).startsWith('Task "fetch-3" failed: '), line(failed));
  const unnamed = createTask(sleep(0));
  assertEquals(line(unnamed), `Task ${JSON.stringify(unnamed.name)} ready`);
});

const held = new Lock({ name: "ledger" });
const waits: [string, () => Iterable<unknown, unknown, unknown>][] = [
  ["sleep()", () => sleep("1h")],
  ["a future", () => new Future<void>()],
  ['task "inner"', () => createTask(sleep("1h"), { name: "inner" })],
  ['lock "ledger"', () => held.acquire()],
  ["lock", () => {
    const lock = new Lock();
    return function* () {
      yield* lock.acquire();
      yield* lock.acquire();
    }();
  }],
  ['semaphore "permits"', () => new Semaphore(0, { name: "permits" }).acquire()],
  ['event "ready"', () => new Event({ name: "ready" }).wait()],
  ['queue "jobs"', () => new Queue<number>(0, { name: "jobs" }).get()],
  ['queue "jobs" to have room', () => {
    const queue = new Queue<number>(1, { name: "jobs" });
    queue.putNowait(1);
    return queue.put(2);
  }],
  ['queue "jobs" to be done', () => {
    const queue = new Queue<number>(0, { name: "jobs" });
    queue.putNowait(1);
    return queue.join();
  }],
  ['barrier "round"', () => new Barrier(2, { name: "round" }).wait()],
  ['condition "changed"', () => {
    const condition = new Condition(new Lock(), { name: "changed" });
    return function* () {
      yield* condition.acquire();
      yield* condition.wait();
    }();
  }],
  ["a promise", () => until(new Promise(() => {}))],
  ["gather() of 2", () => gather(sleep("1h"), sleep("1h"))],
  ["sleep()", () => waitFor(sleep("1h"), "2h")],
  ["sleep()", () => timeout("2h", () => sleep("1h"))],
];
for (const [what, make] of waits) {
  test(`a task prints what it waits for: ${what}`, function* () {
    if (!held.locked()) yield* held.acquire();
    const task = createTask(
      function* () {
        yield* make();
      },
      { name: "waiter" },
    );
    yield* turns(2);
    assertEquals(line(task), `Task "waiter" waiting for ${what}`);
  });
}

test("other combinators' futures and waits print in a line, too", function* () {
  line(gather(sleep(1)));
  line(shield(later(1, 0)));
  const task = createTask(wait([new Future<void>()]));
  yield* turns(2);
  line(task);
});

test("primitives print their names and their states", function* () {
  const lock = new Lock({ name: "ledger" });
  assertEquals(line(lock), 'Lock "ledger" unlocked, 0 waiting');
  yield* lock.acquire();
  createTask(lock.acquire());
  yield;
  assertEquals(line(lock), 'Lock "ledger" locked, 1 waiting');
  assertEquals(line(new Lock()), "Lock unlocked, 0 waiting");
  assertEquals(line(new Semaphore(3, { name: "s" })), 'Semaphore "s" 3 free, 0 waiting');
  assertEquals(line(new BoundedSemaphore(2)).includes("2 free, 0 waiting"), true);
  const event = new Event({ name: "ready" });
  assertEquals(line(event), 'Event "ready" not set, 0 waiting');
  event.set();
  assertEquals(line(event), 'Event "ready" set, 0 waiting');
  assertEquals(line(new Condition()), "Condition unlocked, 0 waiting");
  assertEquals(line(new Barrier(3)), "Barrier filling, 0 of 3 waiting");
});

test("a queue prints its kind", function* () {
  const queue = new Queue<number>(2, { name: "jobs" });
  queue.putNowait(1);
  assertEquals(line(queue), 'Queue "jobs" with 1 of 2 items');
  queue.shutdown();
  assertEquals(line(queue), 'Queue "jobs" with 1 of 2 items, shut down');
  assertEquals(line(new Queue()), "Queue with 0 items");
  assert(line(new PriorityQueue()).startsWith("PriorityQueue "), line(new PriorityQueue()));
  assert(line(new LifoQueue()).startsWith("LifoQueue "), line(new LifoQueue()));
  assert(
    line(new BoundedSemaphore()).startsWith("BoundedSemaphore "),
    line(new BoundedSemaphore()),
  );
  yield;
});

test("they print in a line inside other things, too", function* () {
  const task = createTask(sleep(1), { name: "task" });
  const all = { task, list: [new Lock({ name: "lock" })] };
  assertEquals(
    Deno.inspect(all, { breakLength: Infinity }),
    '{ task: Task "task" ready, list: [ Lock "lock" unlocked, 0 waiting ] }',
  );
  assertEquals(
    JSON.stringify(all),
    '{"task":"Task \\"task\\" ready","list":["Lock \\"lock\\" unlocked, 0 waiting"]}',
  );
  yield;
});

test("whatever the name is, it is one line, and short", function* () {
  for (const name of ["two\nlines", 'a "quoted" name', "\u2028\t", "x".repeat(1_000_000)]) {
    const lines = [
      line(createTask(sleep(0), { name })),
      line(new Lock({ name })),
      line(new Queue(0, { name })),
      line(new Semaphore(1, { name })),
    ];
    for (const text of lines) assert(text.length < 600, `${text.length} characters`);
  }
  yield;
});

test("a failure that throws when it is printed prints all the same", function* () {
  const hostile = {
    get [Symbol.toStringTag](): string {
      throw new Error("hostile");
    },
  };
  const future = new Future<void>();
  future.setException(hostile);
  assert(line(future).startsWith("Future failed: "));
  future.exception();
  yield;
});

onBothCores("printing a failed task is not looking at its failure", async ({ run }) => {
  const lines = await printed("error", () =>
    run(function* () {
      const task = createTask(failing(0, new RangeError("unheard")), { name: "failed" });
      yield* turns(3);
      line(task);
    }));
  assertEquals(lines.length, 1);
  assert(lines[0].includes("Task failed failed and nobody waited for it"), lines[0]);
});

Deno.test("they print the same in Node", async () => {
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
  try {
    await bundle(directory);
    const program = `
      import { inspect } from "node:util";
      import { createTask, Future, Lock, Queue, run } from "${directory}/${ESM}";
      await run(function* () {
        const lock = new Lock({ name: "ledger" });
        yield* lock.acquire();
        const task = createTask(lock.acquire(), { name: "fetch-1" });
        yield;
        for (const x of [task, lock, new Queue(), new Future()]) {
          console.log(x);
          if (inspect(x) !== String(x) || JSON.parse(JSON.stringify(x)) !== String(x)) throw x;
        }
        console.log({ task });
        lock.release();
        yield* task;
      });
    `;
    await Deno.writeTextFile(`${directory}/program.mjs`, program);
    const { stdout, stderr } = await new Deno.Command("node", {
      args: [`${directory}/program.mjs`],
      env: { NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
    }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stderr), "");
    assertEquals(decoder.decode(stdout).split("\n"), [
      'Task "fetch-1" waiting for lock "ledger"',
      'Lock "ledger" locked, 1 waiting',
      "Queue with 0 items",
      "Future pending",
      '{ task: Task "fetch-1" waiting for lock "ledger" }',
      "",
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
