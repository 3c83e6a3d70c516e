import { assertEquals, assertThrows } from "@std/assert";
import {
  allTasks,
  ContextVar,
  currentTask,
  Event,
  type ExceptionContext,
  Future,
  getRunningLoop,
  InvalidStateError,
  run,
  sleep,
} from "../../../mod.ts";
import { addSignalHandler, interrupted, removeSignalHandler } from "../../../process.ts";
import { denoSignals } from "../../../src/host/deno/signals.ts";
import { check } from "../kernel/interrupts_rules.ts";
import { program } from "../support.ts";
import { rules, source } from "./signals_rules.ts";

const at = (path: string) => new URL(`../../../${path}`, import.meta.url).href;

for (const rule of rules) {
  Deno.test(rule.name, async () => {
    const main = await Deno.makeTempFile({ prefix: "wasyncio_", suffix: ".js" });
    try {
      await Deno.writeTextFile(main, source(at("mod.ts"), at("process.ts"), rule.program));
      const always = ["run", "--no-prompt", "--no-lock", "--no-config", "--allow-read"];
      await check(rule, Deno.execPath(), [...always, main]);
    } finally {
      await Deno.remove(main);
    }
  });
}

/** Sends this process a signal, which arrives in a later turn of the host's. */
const raise = (signal: Deno.Signal) => Deno.kill(Deno.pid, signal);

Deno.test("a signal handler sees the context variables of the place where it was set", async () => {
  const variable = new ContextVar("variable", { defaultValue: "none" });
  const seen: unknown[] = [];
  await run(function* () {
    const event = new Event();
    variable.set("first");
    addSignalHandler("SIGUSR1", () => {
      seen.push(variable.get(), currentTask());
      variable.set("changed in the handler");
      event.set();
    });
    variable.set("second");
    raise("SIGUSR1");
    yield* event.wait();
    event.clear();
    raise("SIGUSR1");
    yield* event.wait();
    seen.push(variable.get());
  });
  assertEquals(seen, ["first", null, "first", null, "second"]);
});

Deno.test("a handler may be a coroutine function or an async function; its failure is reported", async () => {
  const reports: ExceptionContext[] = [];
  const log: string[] = [];
  await run(function* () {
    const event = new Event();
    addSignalHandler("SIGUSR1", function* (name: string) {
      yield* sleep(1);
      log.push(name, currentTask() === null ? "no task" : "a task");
      event.set();
    }, "coroutine");
    raise("SIGUSR1");
    yield* event.wait();
    event.clear();
    addSignalHandler("SIGUSR1", async () => {
      await Promise.resolve();
      log.push("async");
      event.set();
      throw new Error("too late");
    });
    raise("SIGUSR1");
    yield* event.wait();
    event.clear();
    const future = new Future();
    addSignalHandler("SIGUSR1", () => {
      getRunningLoop().callSoon(() => event.set());
      return future;
    });
    raise("SIGUSR1");
    yield* event.wait();
    // Whoever has made it waits for it, or not.
    assertEquals(allTasks().size, 1);
    event.clear();
    addSignalHandler("SIGUSR1", function broken() {
      event.set();
      throw new Error("at once");
    });
    raise("SIGUSR1");
    yield* event.wait();
  }, { exceptionHandler: (context) => reports.push(context) });
  assertEquals(log, ["coroutine", "a task", "async"]);
  assertEquals(reports.map(({ exception }) => (exception as Error).message).sort(), [
    "at once",
    "too late",
  ]);
  assertEquals(reports.some(({ message }) => message === "Exception in callback broken"), true);
});

Deno.test("what is no signal, or can't be handled, is refused at the call", async () => {
  await run(function* () {
    for (const signal of ["SIGKILL", "SIGSTOP", "SIGFOO", "sigterm", "TERM", "", "toString"]) {
      assertThrows(() => addSignalHandler(signal, () => {}), RangeError, "signal must be a signal");
      assertThrows(() => interrupted(signal), RangeError, "signals must be a signal");
      if (!["SIGKILL", "SIGSTOP"].includes(signal)) {
        assertThrows(() => removeSignalHandler(signal), RangeError);
      }
    }
    assertThrows(() => addSignalHandler(15 as never, () => {}), TypeError, "got 15");
    assertThrows(() => interrupted("SIGUSR2", undefined as never), TypeError, "got undefined");
    assertThrows(() => addSignalHandler("SIGUSR1", "log" as never), TypeError, "fn must be a");
    assertEquals(removeSignalHandler("SIGKILL"), false);
    assertEquals(removeSignalHandler("SIGUSR1"), false);
    yield;
  });
});

Deno.test("a signal with two names has one handler", async () => {
  const log: string[] = [];
  await run(function* () {
    const event = new Event();
    addSignalHandler("SIGIOT", () => log.push("SIGIOT"));
    addSignalHandler("SIGABRT", () => event.set());
    raise("SIGABRT");
    yield* event.wait();
    assertEquals([removeSignalHandler("SIGIOT"), removeSignalHandler("SIGABRT")], [true, false]);
  });
  assertEquals(log, []);
});

Deno.test("Deno's signals have the numbers of the system", async () => {
  const { constants } = await import("node:os");
  const known = denoSignals()!;
  for (const [name, number] of Object.entries(constants.signals)) {
    assertEquals({ name, number: known.numberOf(name) }, { name, number });
  }
});

Deno.test("where there are no signals, importing is no error and calling is", async () => {
  const { code, out, err } = await program(`
    delete globalThis.Deno;
    delete globalThis.process;
    const { addSignalHandler, interrupted, removeSignalHandler } =
      await import(${JSON.stringify(at("process.ts"))});
    for (const call of [
      () => addSignalHandler("SIGTERM", () => {}),
      () => removeSignalHandler("SIGTERM"),
      () => interrupted(),
    ]) {
      try {
        call();
      } catch (error) {
        console.log(error instanceof asyncio.InvalidStateError, error.message);
      }
    }
  `);
  const line = "true Cannot handle a signal: this host has none\n";
  assertEquals({ code, out, err }, { code: 0, out: line.repeat(3), err: "" });
  assertEquals(InvalidStateError.name, "InvalidStateError");
});
