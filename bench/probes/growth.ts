/**
 * Measures how operations grow with the number of those that are there already: nanoseconds each, at
 * two sizes. Where the second figure is much larger than the first, something searches or copies.
 *
 *     deno run -A bench/probes/growth.ts
 *
 * @module
 */
// deno-lint-ignore-file require-yield -- not everything that is measured has to wait.
import {
  allTasks,
  Condition,
  ContextVar,
  copyContext,
  type Coroutine,
  createTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  type Task,
  wait,
} from "../../mod.ts";

/** Does what it is about `count` times; what comes before the call of `measure` is not timed. */
type Probe = (count: number, measure: (part: () => void) => void) => Coroutine<void>;

const SIZES = [1000, 10_000];

function* waiters(count: number, make: () => Iterable<unknown>): Coroutine<Task<unknown>[]> {
  const tasks = Array.from({ length: count }, () =>
    createTask(function* () {
      try {
        yield* make();
      } catch { /* cancelled */ }
    }));
  yield;
  return tasks;
}

const probes: Record<string, Probe> = {
  *"set a context variable among n"(n, measure) {
    const variables = Array.from({ length: n }, () => new ContextVar<number>("variable"));
    for (const variable of variables) variable.set(0);
    measure(() => variables.forEach((variable, i) => variable.set(i)));
  },
  *"copy a context of n, and set one"(n, measure) {
    const variables = Array.from({ length: n }, () => new ContextVar<number>("variable"));
    for (const variable of variables) variable.set(0);
    measure(() => {
      for (const variable of variables) copyContext().run(() => variable.set(1));
    });
  },
  *"remove one of n done callbacks"(n, measure) {
    const future = new Future<void>();
    const callbacks = Array.from({ length: n }, (_, i) => () => i);
    for (const callback of callbacks) future.addDoneCallback(callback);
    measure(() => callbacks.forEach((callback) => future.removeDoneCallback(callback)));
  },
  *"allTasks() after a burst of 100 n"(n, measure) {
    for (let i = 0; i < 100; i++) yield* gather(Array.from({ length: n }, () => sleep(0)));
    allTasks();
    measure(() => {
      for (let i = 0; i < n; i++) allTasks();
    });
  },
  *"cancel one of n that wait for a lock"(n, measure) {
    const lock = new Lock();
    yield* lock.acquire();
    const tasks = yield* waiters(n, () => lock.acquire());
    measure(() => tasks.forEach((task) => task.cancel()));
    yield* wait(tasks);
  },
  *"release a semaphore of which n - 1 waiters were cancelled"(n, measure) {
    const semaphore = new Semaphore(0);
    const tasks = yield* waiters(n, () => semaphore.acquire());
    tasks.forEach((task, i) => i % 2 === 0 && task.cancel());
    measure(() => {
      for (let i = 0; i < n; i++) semaphore.release();
    });
    yield* wait(tasks);
  },
  *"put into a queue with n cancelled getters"(n, measure) {
    const queue = new Queue<number>();
    const tasks = yield* waiters(n, () => queue.get());
    for (const task of tasks) task.cancel();
    measure(() => {
      for (let i = 0; i < n; i++) queue.putNowait(i);
    });
    yield* wait(tasks);
  },
  *"set an event for which n wait"(n, measure) {
    const event = new Event();
    const tasks = yield* waiters(n, () => event.wait());
    measure(() => event.set());
    yield* wait(tasks);
  },
  *"notify one of n"(n, measure) {
    const condition = new Condition();
    const tasks = yield* waiters(n, function* () {
      using _held = yield* condition.acquire();
      yield* condition.wait();
    });
    yield* sleep(1);
    yield* condition.acquire();
    measure(() => {
      for (let i = 0; i < n; i++) condition.notify();
    });
    condition.release();
    yield* wait(tasks);
  },
  *"shield one future n times, and cancel"(n, measure) {
    const future = new Future<void>();
    const shields = Array.from({ length: n }, () => shield(future));
    measure(() => shields.forEach((each) => each.cancel()));
    yield* sleep(1);
  },
  *"cancel a chain of n tasks"(n, measure) {
    let task: Task<unknown> = createTask(sleep("1h"));
    const chain = [task];
    for (let i = 1; i < n; i++) chain.push(task = createTask(task));
    yield* sleep(1);
    measure(() => task.cancel());
    yield* wait(chain);
  },
  *"let n waits for one future come and go"(n, measure) {
    const future = new Future<void>();
    const futures = Array.from({ length: n }, () => shield(future));
    yield;
    measure(() => {
      for (const each of futures) void each.then(null, () => {});
      for (const each of futures) each.cancel();
    });
  },
  *"call off a timer among n"(n, measure) {
    const loop = getRunningLoop();
    const handles = Array.from({ length: n }, (_, i) => loop.callLater(1000 + i % 97, () => {}));
    measure(() => handles.forEach((handle) => handle.cancel()));
  },
};

if (import.meta.main) {
  console.log(`ns each, of n = ${SIZES.join(" and ")}`);
  for (const [name, probe] of Object.entries(probes)) {
    const figures: string[] = [];
    for (const n of SIZES) {
      let best = Infinity;
      for (let i = 0; i < 3; i++) {
        await run(() =>
          probe(n, (part) => {
            const start = performance.now();
            part();
            best = Math.min(best, (performance.now() - start) * 1e6 / n);
          })
        );
      }
      figures.push(best.toFixed(0).padStart(9));
    }
    console.log(figures.join(""), name);
  }
}
