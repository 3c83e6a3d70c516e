/**
 * The host's clock and its timers: one native timer for a whole loop, however far its deadlines
 * are.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { createTask, Future, gather, getRunningLoop, run, sleep, type Task } from "../../../mod.ts";
import { type Clock, hostClock } from "../../../src/kernel/clock.ts";
import { onBothCores } from "../support.ts";
import { FakeHost } from "./fake_host.ts";

interface NativeTimer {
  callback: () => void;
  delay: number;
  cleared: boolean;
}

/** Has native timers noted instead of set while `body` runs; those do not fire by themselves. */
async function withoutTimers(body: (timers: NativeTimer[]) => Promise<unknown>): Promise<void> {
  const { setTimeout, clearTimeout } = globalThis;
  const timers: NativeTimer[] = [];
  Object.assign(globalThis, {
    setTimeout: (callback: () => void, delay = 0) =>
      timers.push({ callback, delay, cleared: false }),
    clearTimeout: (id: number) => {
      if (timers[id - 1] !== undefined) timers[id - 1].cleared = true;
    },
  });
  try {
    await body(timers);
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

/** A future that is done after some turns of the host. */
function hostTurns(count: number): Future<void> {
  const future = new Future<void>();
  const turn = () => void (count-- > 0 ? setImmediate(turn) : future.setResult());
  turn();
  return future;
}

onBothCores("all timers of a loop share one native timer", async ({ run }) => {
  await withoutTimers((timers) =>
    run(function* () {
      const tasks: Task<void>[] = [];
      for (let i = 0; i < 1000; i++) tasks.push(createTask(sleep(5000 + i)));
      for (let i = 0; i < 1000; i++) getRunningLoop().callLater(10_000 + i, () => {});
      // The loop has much to do at first, and then nothing.
      for (let i = 0; i < 1000 && timers.length === 0; i++) yield* hostTurns(1);
      assertEquals(timers.length, 1);
      assert(timers[0].delay > 0 && timers[0].delay <= 5000);
      // Cancelled timers don't cost a native one each, either.
      for (const task of tasks.reverse()) task.cancel();
      yield* gather(tasks, { returnExceptions: true });
      yield* hostTurns(200);
      assert(timers.length <= 2, `${timers.length} native timers`);
    })
  );
});

onBothCores(
  "a wait that is longer than the host's longest one is made of several",
  async ({ run }) => {
    const longest = 2 ** 31 - 1;
    await withoutTimers((timers) =>
      run(function* () {
        let fired = false;
        getRunningLoop().callLater(1e10, () => fired = true);
        for (let i = 1; i <= 3; i++) {
          yield* hostTurns(3);
          assertEquals(timers.map(({ delay }) => delay), Array(i).fill(longest));
          timers[i - 1].callback();
        }
        yield* hostTurns(3);
        assertEquals(fired, false);
      })
    );
  },
);

onBothCores("a native timer that rings too soon makes nothing fire early", async ({ run }) => {
  await withoutTimers((timers) =>
    run(function* () {
      let fired = false;
      getRunningLoop().callLater("1h", () => fired = true);
      yield* hostTurns(3);
      timers[0].callback();
      yield* hostTurns(3);
      assertEquals([fired, timers.length], [false, 2]);
    })
  );
});

onBothCores("a loop that has ended leaves no native timer", async ({ run }) => {
  await withoutTimers(async (timers) => {
    await run(function* () {
      getRunningLoop().callLater("1h", () => {});
      yield* hostTurns(3);
    });
    assertEquals(timers.map(({ cleared }) => cleared), [true]);
  });
});

onBothCores("the host's turns that a short sleep takes are not native timers", async ({ run }) => {
  await withoutTimers((timers) =>
    run(function* () {
      for (const delay of [0, 0.001, 0.1, 0.5]) yield* sleep(delay);
      assertEquals(timers, []);
    })
  );
});

/** Waits on the host's clock of a simulated host; returns how late the alarm rang, and the time polled. */
function waitOn(host: FakeHost, ms: number, precise = false): { late: number; polled: number } {
  let rung = 0;
  const alarm = hostClock.createAlarm({ onAlarm: () => rung++, onDeadlock() {} });
  const due = host.now + ms;
  alarm.set(due, precise, false);
  let polled = 0;
  for (let last = host.now; rung === 0; last = host.now) {
    const polls = !host.waitsForTimer;
    host.step();
    if (polls) polled += host.now - last;
  }
  const late = host.now - due;
  while (host.busy) host.step();
  assertEquals(rung, 1);
  return { late, polled };
}

const waits = [0, 0.3, 0.9, 0.999, 1, 1.2, 1.9, 2, 2.5, 3, 3.99, 4, 4.7, 5, 10, 10.001, 250.6];

/** How late native timers fire: not at all, always as in Deno, rather early, and now this, now that. */
const lags: Record<string, () => () => number> = {
  "are punctual": () => () => 0,
  "are a millisecond late": () => () => 1.13,
  "are early": () => () => -0.8,
  "are now early, now late": () => {
    let i = 0;
    return () => [0.1, -0.6, 1.4, -0.05, 3, 0.6][i++ % 6];
  },
};

for (const [how, makeLag] of Object.entries(lags)) {
  for (const page of [false, true]) {
    const where = page ? "in a page" : "beside setImmediate";
    Deno.test(`no wait ends early ${where} whose timers ${how}`, () => {
      using host = new FakeHost({ page, lag: makeLag() });
      for (const ms of waits) {
        for (const precise of [false, true]) {
          if (precise && ms > 1) continue;
          const { late } = waitOn(host, ms, precise);
          assert(late >= 0, `${ms} ms: ${late}`);
        }
      }
    });

    Deno.test(`no wait keeps a processor busy for over a millisecond ${where} whose timers ${how}`, () => {
      using host = new FakeHost({ page, lag: makeLag() });
      for (const ms of waits) {
        const { polled } = waitOn(host, ms);
        assert(polled < 1.1, `${ms} ms: ${polled}`);
      }
    });
  }
}

Deno.test("a wait is rounded down, and the rest is polled", () => {
  using host = new FakeHost({ lag: () => 1.13 });
  for (const ms of [2.5, 4.7, 10.3, 250.6]) {
    host.timers.length = 0;
    const { late } = waitOn(host, ms);
    assert(host.timers.length === 1 && host.timers[0] < ms - 1, `${ms} ms: ${host.timers}`);
    assert(late < 0.03, `${ms} ms: ${late}`);
  }
});

Deno.test("whole milliseconds need one native timer and no polling", () => {
  using host = new FakeHost({ lag: () => 1.13 });
  for (const ms of [2, 4, 10, 250]) {
    host.timers.length = 0;
    const { late, polled } = waitOn(host, ms);
    assertEquals([host.timers, polled], [[ms - 1], 0]);
    assert(late < 0.2, `${ms} ms: ${late}`);
  }
});

Deno.test("a page's short timers are set from messages, where they are not clamped", () => {
  using host = new FakeHost({ page: true, lag: () => 0.1 });
  const alarm = hostClock.createAlarm({
    onAlarm() {
      if (rings.push(host.now) < 20) alarm.set(host.now + 1, false, false);
    },
    onDeadlock() {},
  });
  const rings = [host.now];
  alarm.set(host.now + 1, false, false);
  while (host.busy) host.step();
  for (let i = 1; i < rings.length; i++) assert(rings[i] - rings[i - 1] < 2);
  assertEquals(rings.length, 20);
});

Deno.test("in a page a wait is one native timer, and a long one no message", () => {
  using host = new FakeHost({ page: true, lag: () => 0.1 });
  for (const ms of [1.5, 2, 4, 4.7, 10, 250.4]) {
    host.timers.length = host.turns = 0;
    const { late } = waitOn(host, ms);
    assertEquals([host.timers.length, host.turns], [1, ms < 4 ? 1 : 0]);
    assert(late < 1, `${ms} ms: ${late}`);
  }
});

Deno.test("a crowd of deadlines is not polled for, and shares native timers", () => {
  for (const page of [false, true]) {
    using host = new FakeHost({ page, lag: () => page ? 0.1 : 1.13 });
    const end = host.now + 1000;
    // One deadline in each tenth of a millisecond; when the alarm rings, what is due is taken.
    const next = () => Math.floor(host.now * 10 + 1) / 10;
    const alarm = hostClock.createAlarm({
      onAlarm: () => host.now < end && alarm.set(next(), false, false),
      onDeadlock() {},
    });
    alarm.set(next(), false, false);
    while (host.busy) host.step();
    assert(host.timers.length <= 1000, `${host.timers.length} native timers`);
    assert(host.turns <= 2100, `${host.turns} turns of the host`);
  }
});

Deno.test("one short sleep doesn't make those beside it be polled for", async () => {
  const asked: boolean[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    createAlarm: (listener) => ({
      set(when, precise) {
        if (when === Infinity) return;
        asked.push(precise);
        now = when;
        queueMicrotask(() => listener.onAlarm());
      },
      clear() {},
      close() {},
    }),
  };
  await run(function* () {
    const others = Array.from({ length: 8 }, (_, i) => createTask(sleep(1.4 + i / 2)));
    yield* sleep(0.5);
    yield* gather(others);
  }, { clock });
  assertEquals(asked, [true, ...Array(8).fill(false)]);
});

Deno.test("a sleep counts from when it was asked for, also after a long step beside a due timer", async () => {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    createAlarm: (listener) => ({
      set(when) {
        if (when === Infinity) return;
        now = when;
        queueMicrotask(() => listener.onAlarm());
      },
      clear() {},
      close() {},
    }),
  };
  await run(function* () {
    getRunningLoop().callAt(-1, () => {});
    now += 5; // A step that takes that long.
    const start = now;
    yield* sleep(10);
    assert(now - start >= 10, `${now - start} ms`);
  }, { clock });
});

Deno.test("a loop learns how late its host's timers are", () => {
  for (const lag of [0.2, 1.13, 1.6]) {
    using host = new FakeHost({ lag: () => lag });
    const late: number[] = [];
    let due = host.now + 10;
    const alarm = hostClock.createAlarm({
      onAlarm() {
        late.push(host.now - due);
        if (late.length < 50) alarm.set(due = host.now + 10, false, false);
      },
      onDeadlock() {},
    });
    alarm.set(due, false, false);
    while (host.busy) host.step();
    assertEquals(late.length, 50);
    assert(late.slice(40).every((ms) => ms >= 0 && ms < 0.25), `${late}`);
  }
});
