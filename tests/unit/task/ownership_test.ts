/**
 * One coroutine in two hands: whoever takes it second is refused, and the first goes on as if
 * nothing had happened.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { suspend, WaitQueue } from "../../../lowlevel.ts";
import {
  asCompleted,
  type Awaitable,
  Barrier,
  Condition,
  type Coroutine,
  createTask,
  ensureFuture,
  Event,
  Future,
  gather,
  InvalidStateError,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  TimeoutError,
  until,
  wait,
  waitFor,
} from "../../../mod.ts";
import { failure, onBothCores, test, turns } from "../support.ts";

function* nap(): Coroutine<string> {
  yield* sleep(10);
  return "rested";
}

/** All who take a coroutine and say at the call that somebody else has it. */
const takers: Record<string, (coroutine: Coroutine<unknown>) => unknown> = {
  "createTask()": (coroutine) => createTask(coroutine),
  "createTask() of a function": (coroutine) => createTask(() => coroutine),
  "an eager createTask()": (coroutine) => createTask(coroutine, { eager: true }),
  "ensureFuture()": (coroutine) => ensureFuture(coroutine),
  "gather()": (coroutine) => gather(coroutine),
  "gather() of an array": (coroutine) => gather([sleep(1), coroutine]),
  "shield()": (coroutine) => shield(coroutine),
  "asCompleted()": (coroutine) => asCompleted([coroutine]),
};

for (const [name, take] of Object.entries(takers)) {
  test(`${name} refuses a coroutine that a task has`, function* () {
    for (const started of [false, true]) {
      const coroutine = nap();
      const first = createTask(coroutine);
      if (started) yield* turns(2);
      assertThrows(() => take(coroutine), InvalidStateError, "one owner");
      assertEquals(yield* first, "rested");
      assertThrows(() => take(coroutine), InvalidStateError, "one owner");
    }
  });
}

/** All who take a coroutine when they are awaited themselves. */
const waiters: Record<string, (coroutine: Coroutine<unknown>) => Awaitable<unknown>> = {
  "waitFor()": (coroutine) => waitFor(coroutine, 100),
  "waitFor() without a limit": (coroutine) => waitFor(coroutine, null),
  "waitFor() without time": (coroutine) => waitFor(coroutine, 0),
  "timeout()": (coroutine) => timeout(100, () => coroutine),
  "until()": (coroutine) => until(coroutine),
  "until() with onCancel": (coroutine) => until(coroutine, { onCancel() {} }),
  "taskGroup()": (coroutine) => taskGroup(() => coroutine),
};

for (const [name, make] of Object.entries(waiters)) {
  test(`${name} refuses a coroutine that a task has`, function* () {
    for (const started of [false, true]) {
      const coroutine = nap();
      const first = createTask(coroutine);
      if (started) yield* turns(2);
      const second = createTask(function* () {
        return yield* until(make(coroutine));
      });
      yield* wait([second]);
      const error = second.exception();
      const inner = error instanceof AggregateError ? error.errors[0] : error;
      assert(inner instanceof InvalidStateError, String(error));
      assertEquals(yield* first, "rested");
    }
  });
}

test("a task group refuses a coroutine that a task has, and says so to its body", function* () {
  const coroutine = nap();
  const first = createTask(coroutine);
  yield* taskGroup(function* (group) {
    assertThrows(() => group.createTask(coroutine), InvalidStateError, "one owner");
    yield* sleep(1);
  });
  assertEquals(yield* first, "rested");
});

onBothCores("run() refuses a coroutine that was run, or that a task has", async ({ run }) => {
  const coroutine = nap();
  assertEquals(await run(coroutine), "rested");
  await assertRejects(() => run(coroutine), InvalidStateError, "one owner");
  await run(function* () {
    const coroutine = nap();
    const first = createTask(coroutine);
    yield* turns(2);
    const inner = until(run(coroutine).then(() => "ran", (error) => error));
    assert((yield* inner) instanceof InvalidStateError);
    assertEquals(yield* first, "rested");
  });
});

test("what gather() refuses starts nothing of what stands before it", function* () {
  const log: string[] = [];
  function* other(): Coroutine<string> {
    log.push("started");
    return yield* nap();
  }
  const coroutine = nap();
  const first = createTask(coroutine);
  const before = other();
  assertThrows(() => gather(before, coroutine), InvalidStateError);
  yield* turns(3);
  assertEquals(log, []);
  assertEquals(yield* gather(before, first), ["rested", "rested"]);
});

test("the same coroutine twice in one gather() runs once", function* () {
  const coroutine = nap();
  assertEquals(yield* gather(coroutine, sleep(1, "slept"), coroutine), [
    "rested",
    "slept",
    "rested",
  ]);
});

test("a frozen coroutine has one owner, too", function* () {
  const coroutine = Object.freeze(nap());
  assertEquals(yield* gather(coroutine, coroutine), ["rested", "rested"]);
  for (const take of Object.values(takers)) {
    assertThrows(() => take(coroutine), InvalidStateError, "one owner");
  }
  const refused = Object.freeze(nap());
  assertThrows(() => gather([refused, 5 as unknown as Future<void>]), TypeError);
  assertEquals(yield* createTask(refused), "rested");
});

/** A wait, and what ends it. */
interface Leaf {
  wait: Iterable<unknown, unknown, unknown>;
  end?: () => void;
}

function* acquired<T extends { acquire(): Iterable<unknown, unknown, unknown> }>(
  primitive: T,
): Coroutine<T> {
  yield* primitive.acquire();
  return primitive;
}

const leaves: Record<string, () => Leaf | Coroutine<Leaf>> = {
  "sleep()": () => ({ wait: sleep(10) }),
  "a future": () => {
    const future = new Future<void>();
    return { wait: future, end: () => future.setResult() };
  },
  "a task": () => ({ wait: createTask(nap()) }),
  "gather()": () => ({ wait: gather(nap(), nap()) }),
  "shield()": () => ({ wait: shield(nap()) }),
  "wait()": () => ({ wait: wait([createTask(nap())]) }),
  "asCompleted()": () => ({ wait: asCompleted([nap()]).next().value! }),
  "waitFor()": () => ({ wait: waitFor(nap(), "1s") }),
  "timeout()": () => ({ wait: timeout("1s", nap) }),
  "taskGroup()": () => ({
    wait: taskGroup((group) => {
      group.createTask(nap());
      return sleep(0);
    }),
  }),
  "a promise": () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    return { wait: until(promise), end: resolve };
  },
  "suspend()": () => {
    let wake: () => void;
    const wait = suspend<void>((wakeUp) => {
      wake = wakeUp;
    });
    return { wait, end: () => wake() };
  },
  "a wait queue": () => {
    const queue = new WaitQueue<void>({
      tryAcquire: () => false,
      onWoken: () => true,
      onAbandoned() {},
    });
    return { wait: queue.wait(), end: () => queue.wakeNext() };
  },
  "a lock": function* () {
    const lock = yield* acquired(new Lock());
    return { wait: lock.acquire(), end: () => lock.release() };
  },
  "a semaphore": () => {
    const semaphore = new Semaphore(0);
    return { wait: semaphore.acquire(), end: () => semaphore.release() };
  },
  "an event": () => {
    const event = new Event();
    return { wait: event.wait(), end: () => event.set() };
  },
  "a condition": () => {
    const condition = new Condition();
    function* notified() {
      yield* condition.acquire();
      yield* condition.wait();
      condition.release();
    }
    function* notify() {
      yield* condition.acquire();
      condition.notify();
      condition.release();
    }
    return { wait: notified(), end: () => createTask(notify()) };
  },
  "a barrier": () => {
    const barrier = new Barrier(2);
    return { wait: barrier.wait(), end: () => createTask(barrier.wait()) };
  },
  "queue.get()": () => {
    const queue = new Queue<string>();
    return { wait: queue.get(), end: () => queue.putNowait("item") };
  },
  "queue.put()": () => {
    const queue = new Queue<string>(1);
    queue.putNowait("full");
    return { wait: queue.put("item"), end: () => queue.getNowait() };
  },
  "queue.join()": () => {
    const queue = new Queue<string>();
    queue.putNowait("work");
    return { wait: queue.join(), end: () => queue.taskDone() };
  },
};

for (const [name, make] of Object.entries(leaves)) {
  test(`yield* of a coroutine beside its task is refused while it waits for ${name}`, function* () {
    const log: string[] = [];
    const made = make();
    const leaf = "wait" in made ? made : yield* made;
    function* worker(): Coroutine<string> {
      log.push("waits");
      try {
        yield* leaf.wait;
        log.push("goes on");
        return "the first one's";
      } finally {
        log.push("ends");
      }
    }
    const coroutine = worker();
    const first = createTask(coroutine);
    yield* turns(2);
    const intruders = Array.from({ length: 3 }, () =>
      createTask(function* () {
        return yield* coroutine;
      }));
    yield* wait(intruders);
    for (const intruder of intruders) {
      assert(intruder.exception() instanceof InvalidStateError, String(intruder));
    }
    assertEquals([log, first.done()], [["waits"], false]);
    leaf.end?.();
    assertEquals(yield* first, "the first one's");
    assertEquals(log, ["waits", "goes on", "ends"]);
  });

  test(`a coroutine that waits for ${name} is cancelled once its intruders are gone`, function* () {
    const made = make();
    const leaf = "wait" in made ? made : yield* made;
    let unwound = 0;
    function* worker(): Coroutine<void> {
      try {
        yield* leaf.wait;
      } finally {
        unwound++;
      }
    }
    const coroutine = worker();
    const first = createTask(coroutine);
    yield* turns(2);
    const intruder = createTask(function* () {
      yield* coroutine;
    });
    yield* failure(InvalidStateError, intruder);
    first.cancel("enough");
    yield* wait([first]);
    assertEquals([first.cancelled(), unwound], [true, 1]);
  });
}

test("a semaphore without permits grants none to a coroutine in two hands", function* () {
  const semaphore = new Semaphore(0);
  let granted = 0;
  function* enter(): Coroutine<void> {
    yield* semaphore.acquire();
    granted++;
  }
  const coroutine = enter();
  const first = createTask(coroutine);
  assertThrows(() => createTask(coroutine), InvalidStateError);
  yield* turns(2);
  const second = createTask(function* () {
    yield* coroutine;
  });
  yield* failure(InvalidStateError, second);
  yield* turns(3);
  assertEquals([granted, first.done()], [0, false]);
  semaphore.release();
  yield* first;
  assertEquals([granted, semaphore.locked()], [1, true]);
});

test("an intruder that is cancelled in the same turn does no harm either", function* () {
  const coroutine = nap();
  const first = createTask(coroutine);
  yield* turns(2);
  const intruder = createTask(function* () {
    yield* coroutine;
  });
  const late = createTask(function* () {
    yield;
    yield* coroutine;
  });
  yield;
  intruder.cancel();
  yield* wait([intruder, late]);
  late.cancel();
  assertEquals(yield* first, "rested");
});

test("getStack() of a waiting task isn't disturbed by an intruder", function* () {
  const coroutine = nap();
  const first = createTask(coroutine);
  yield* turns(2);
  const before = first.getStack();
  const intruder = createTask(function* () {
    yield* coroutine;
  });
  yield* failure(InvalidStateError, intruder);
  assertEquals(first.getStack(), before);
  assert(before.length > 0);
  yield* first;
});

test("next() by hand from a callback does not end a coroutine's wait", function* () {
  const semaphore = new Semaphore(0);
  function* enter(): Coroutine<string> {
    yield* semaphore.acquire();
    return "inside";
  }
  const coroutine = enter();
  const first = createTask(coroutine);
  yield* turns(2);
  first.loop.callSoon(() => {
    try {
      coroutine.next();
    } catch { /* It may be refused; what it must not do is to end the wait. */ }
  });
  yield* turns(3);
  assertFalse(first.done());
  semaphore.release();
  assertEquals(yield* first, "inside");
});

onBothCores("run() ends when its main intrudes upon a coroutine", async ({ run }) => {
  let rested = false;
  await assertRejects(
    () =>
      run(function* () {
        const coroutine = function* () {
          try {
            yield* sleep("1h");
          } finally {
            rested = true;
          }
        }();
        createTask(coroutine);
        yield* turns(2);
        yield* coroutine;
      }),
    InvalidStateError,
  );
  assert(rested);
});

Deno.test("two runs that share a coroutine both end, the first one with its result", async () => {
  const coroutine = nap();
  const outcomes = await Promise.allSettled([
    run(coroutine),
    run(function* () {
      return yield* coroutine;
    }),
    run(coroutine),
  ]);
  assertEquals(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "rejected"]);
});

test("yield* of a coroutine whose task has not begun leaves the coroutine to the task", function* () {
  const coroutine = nap();
  const first = createTask(coroutine);
  const second = createTask(function* () {
    return yield* coroutine;
  });
  assert((yield* failure(InvalidStateError, second)) instanceof InvalidStateError);
  assertEquals(yield* first, "rested");
});

for (const eager of [false, true]) {
  test(`${eager ? "an eager" : "a"} task can't take the coroutine that takes it`, function* () {
    function* whole(): Coroutine<string> {
      yield* sleep(1);
      const task = createTask(coroutine, { eager });
      yield* sleep(1);
      yield* wait([task]);
      assert(task.exception() instanceof Error);
      return "whole";
    }
    const coroutine = whole();
    assertEquals(yield* coroutine, "whole");
  });
}

/** Starts a task that waits for a future, and another that runs the first one's coroutine. */
function* intrudeOnWait(future: Future<string>): Coroutine<[first: Task<string>, Task<string>]> {
  const coroutine = function* (): Coroutine<string> {
    return yield* future;
  }();
  const first = createTask(coroutine);
  yield* turns(2);
  const intruder = createTask(function* () {
    return yield* coroutine;
  });
  return [first, intruder];
}

test("an intruder takes no result that the first one has not fetched yet", function* () {
  const future = new Future<string>();
  const [first, intruder] = yield* intrudeOnWait(future);
  future.setResult("the first one's");
  yield* failure(InvalidStateError, intruder);
  assertEquals(yield* first, "the first one's");
});

test("the cancel of an intruder does not reach what the first one waits for", function* () {
  const future = new Future<string>();
  const [first, intruder] = yield* intrudeOnWait(future);
  yield* turns(2);
  intruder.cancel();
  yield* wait([intruder]);
  assertFalse(future.done());
  future.setResult("the first one's");
  assertEquals(yield* first, "the first one's");
});

test("an intruder unwinds: its own finally blocks run", function* () {
  const coroutine = nap();
  const first = createTask(coroutine);
  yield* turns(2);
  let unwound = false;
  const intruder = createTask(function* () {
    try {
      yield* coroutine;
    } finally {
      unwound = true;
    }
  });
  yield* failure(InvalidStateError, intruder);
  assert(unwound);
  yield* first;
});

test("a coroutine that one task is in the middle of by waitFor() is no other's", function* () {
  for (const cancels of [false, true]) {
    const future = new Future<string>();
    const coroutine = function* (): Coroutine<string> {
      return yield* future;
    }();
    const first = createTask(function* () {
      return yield* waitFor(coroutine, "1s");
    });
    yield* turns(2);
    const intruder = createTask(function* () {
      return yield* coroutine;
    });
    if (cancels) {
      yield* turns(2);
      intruder.cancel();
    } else future.setResult("the first one's");
    yield* wait([intruder]);
    assert(!future.cancelled(), "the cancel got through");
    if (cancels) future.setResult("the first one's");
    else assert(intruder.exception() instanceof InvalidStateError);
    assertEquals(yield* first, "the first one's");
  }
});

for (
  const [how, takeAndEnd] of Object.entries<(coroutine: Coroutine<string>) => Coroutine<void>>({
    *"a task that is cancelled at once"(coroutine) {
      createTask(coroutine).cancel();
      yield;
    },
    *"waitFor() without time"(coroutine) {
      yield* failure(TimeoutError, waitFor(coroutine, 0));
    },
  })
) {
  test(`who is in a coroutine doesn't hear of ${how}`, function* () {
    for (const leaf of ["event", "sleep", "future"]) {
      const event = new Event();
      const future = new Future<void>();
      const coroutine = function* (): Coroutine<string> {
        if (leaf === "event") yield* event.wait();
        else if (leaf === "sleep") yield* sleep(10);
        else yield* future;
        return "done";
      }();
      const first = createTask(function* () {
        return yield* coroutine;
      });
      yield* turns(2);
      yield* takeAndEnd(coroutine);
      yield* turns(2);
      event.set();
      future.setResult();
      assertEquals(yield* first, "done");
    }
  });
}
