/**
 * What Ctrl-C does, as programs that run in processes of their own under any host that has signals.
 *
 * A program says "ready" when it can take a SIGINT, and gets one each time. It says so from a timer: by
 * then the loop waits, and whatever it listens to is installed. With "send SIGTERM" it gets that.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";

/** One rule. */
export interface Rule {
  /** What is to be seen. */
  name: string;
  /** The program; it sees all that the library exports, and {@linkcode prelude}. */
  program: string;
  /** What it prints, without the lines that ask for a signal. */
  prints?: string[];
  /** How it ends: an exit code, or the signal that kills it. */
  ends: number | Deno.Signal;
  /** What it must complain of; otherwise it must not complain. */
  complains?: RegExp;
}

const prelude = `
  const say = (...words) => console.log(...words);
  const ready = () => setTimeout(say, 1, "ready");
  const listen = (fn) =>
    globalThis.Deno ? Deno.addSignalListener("SIGINT", fn) : process.on("SIGINT", fn);
  function* waits(name) {
    try {
      yield* sleep("1h");
    } finally {
      yield* sleep(1);
      say(name, "cleaned up");
    }
  }
  function* main() {
    ready();
    yield* waits("main");
  }
  const tell = (error) => say(error.name, error instanceof CancelledError, String(error.cause));
`;

/** A program in full; `library` is where to import it from. */
export function source(library: string, program: string): string {
  return `
    import * as wasyncio from ${JSON.stringify(library)};
    const { CancelledError, createTask, gather, run, Runner, sleep, until } = wasyncio;
    ${prelude}
    ${program}
  `;
}

const INTERRUPTED = "CancelledError true Error: SIGINT";

/** The rules that hold under every host with signals. */
export const rules: Rule[] = [
  {
    name:
      "Ctrl-C cancels main, which cleans up, and the exit code is 130 though the error is caught",
    program: `await run(main).catch(tell);`,
    prints: ["main cleaned up", INTERRUPTED],
    ends: 130,
  },
  {
    name: "Ctrl-C ends a program quietly that awaits run() at its top level",
    program: `await run(main); say("not reached");`,
    prints: ["main cleaned up"],
    ends: 130,
  },
  {
    name: "Ctrl-C ends a program quietly that doesn't await run()",
    program: `run(main); setInterval(() => {}, 1e6);`,
    prints: ["main cleaned up"],
    ends: 130,
  },
  {
    name: "Ctrl-C cancels what main has left running, too, and waits for it",
    program: `
      await run(function* () {
        createTask(waits("task"));
        yield* main();
      }).catch(tell);
    `,
    prints: ["main cleaned up", "task cleaned up", INTERRUPTED],
    ends: 130,
  },
  {
    name: "main sees what has cancelled it",
    program: `
      await run(function* () {
        ready();
        try {
          yield* gather(sleep("1h"), sleep("2h"));
        } catch (error) {
          tell(error);
        }
      });
    `,
    prints: [INTERRUPTED],
    ends: 0,
  },
  {
    name: "Ctrl-C's error names its cause whatever main waits for, and is one that Node passes on",
    program: `
      const { Condition, Event, Future, iterate, shield, taskGroup, timeout, wait, waitFor } = wasyncio;
      async function* slow() {
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield 1;
      }
      const mains = [
        () => sleep("1h"),
        () => new Event().wait(),
        () => new Future(),
        () => createTask(sleep("1h")),
        () => gather(sleep("1h"), sleep("2h")),
        () => waitFor(sleep("1h"), "2h"),
        () => timeout("2h", () => sleep("1h")),
        () => taskGroup(function* (group) { group.createTask(sleep("1h")); }),
        () => taskGroup(() => sleep("1h")),
        () => shield(sleep("1h")),
        () => wait([createTask(sleep("1h"))]),
        () => until(new Promise(() => {})),
        function* () {
          const condition = new Condition();
          yield* condition.acquire();
          yield* condition.wait();
        },
        () => iterate(slow(), function* () { yield* sleep("1h"); }),
      ];
      const ends = [];
      for (const wait of mains) {
        ends.push(run(wait).catch((error) => {
          // Node wraps what is no native error when nobody catches it.
          const native = Object.prototype.toString.call(error) === "[object Error]";
          return native && error instanceof CancelledError && error.cause.message === "SIGINT";
        }));
      }
      ready();
      const failed = await Promise.all(ends);
      failed.forEach((fine, i) => fine || say(String(mains[i])));
    `,
    ends: 130,
  },
  {
    name: "a main that swallows Ctrl-C has its result, and the exit code is left alone",
    program: `
      say(await run(function* () {
        try {
          yield* main();
        } catch {
          return "swallowed";
        }
      }));
    `,
    prints: ["main cleaned up", "swallowed"],
    ends: 0,
  },
  {
    name: "a main that swallows Ctrl-C and is cancelled later gets that reason, and its exit code",
    program: `
      const controller = new AbortController();
      await run(function* () {
        try {
          yield* main();
        } catch {
          setTimeout(() => controller.abort(new Error("later")), 1);
          yield* sleep("1h");
        }
      }, { signal: controller.signal }).catch(tell);
    `,
    prints: ["main cleaned up", "CancelledError true Error: later"],
    ends: 0,
  },
  {
    name: "a CancelledError of main's own gets the cause as well",
    program: `
      await run(function* () {
        try {
          yield* main();
        } catch {
          throw new CancelledError("my own");
        }
      }).catch(tell);
    `,
    prints: ["main cleaned up", INTERRUPTED],
    ends: 130,
  },
  {
    name: "a clean-up that fails after Ctrl-C fails the program, loudly",
    program: `
      await run(function* () {
        try {
          yield* main();
        } finally {
          throw new RangeError("the disk is full");
        }
      });
    `,
    prints: ["main cleaned up"],
    ends: 1,
    complains: /RangeError: the disk is full/,
  },
  {
    name: "another error after Ctrl-C is not hidden",
    program: `
      await run(main).catch(tell);
      await Promise.reject(new RangeError("another error"));
    `,
    prints: ["main cleaned up", INTERRUPTED],
    ends: 1,
    complains: /RangeError: another error/,
  },
  {
    name: "an error that only wraps Ctrl-C's is not hidden",
    program: `
      await run(main).catch((cause) => {
        throw new Error("wrapped", { cause });
      });
    `,
    prints: ["main cleaned up"],
    ends: 1,
    complains: /Error: wrapped/,
  },
  {
    name: "whoever handles uncaught errors handles Ctrl-C's as well",
    program: `
      const { default: process } = await import("node:process");
      process.on("uncaughtException", tell);
      run(main);
      process.on("exit", () => say("the end"));
    `,
    prints: ["main cleaned up", INTERRUPTED, "the end"],
    ends: 130,
  },
  {
    name: "a second Ctrl-C kills a program that cleans up",
    program: `
      await run(function* () {
        try {
          yield* main();
        } finally {
          ready();
          yield* sleep("1h");
        }
      });
    `,
    prints: ["main cleaned up"],
    ends: "SIGINT",
  },
  {
    name: "a second Ctrl-C kills a program whose tasks clean up after main's end",
    program: `
      await run(function* () {
        createTask(function* () {
          try {
            yield* sleep("1h");
          } finally {
            yield* sleep(5);
            ready();
            yield* sleep("1h");
          }
        });
        yield* main();
      });
    `,
    prints: ["main cleaned up"],
    ends: "SIGINT",
  },
  {
    name: "a run that begins amid the clean-up does not take the second Ctrl-C",
    program: `
      const first = run(function* () {
        try {
          yield* main();
        } finally {
          setTimeout(() => run(main), 1);
          yield* sleep("1h");
        }
      });
      await first;
    `,
    prints: ["main cleaned up"],
    ends: "SIGINT",
  },
  {
    name: "Ctrl-C kills a program whose runs are over",
    program: `
      await run(() => sleep(1));
      ready();
      setInterval(() => {}, 1e6);
    `,
    ends: "SIGINT",
  },
  {
    name: "the next run hears the next Ctrl-C",
    program: `
      await run(main).catch(tell);
      await run(main).catch(tell);
    `,
    prints: ["main cleaned up", INTERRUPTED, "main cleaned up", INTERRUPTED],
    ends: 130,
  },
  {
    name: "a runner's programs hear Ctrl-C, each",
    program: `
      const runner = new Runner();
      await runner.run(main).catch(tell);
      say(await runner.run(sleep(1, "goes on")));
      await runner.run(main).catch(tell);
      await runner.close();
    `,
    prints: ["main cleaned up", INTERRUPTED, "goes on", "main cleaned up", INTERRUPTED],
    ends: 130,
  },
  {
    name: "Ctrl-C cancels every run that was not started inside another",
    program: `
      const one = run(() => waits("one"));
      const other = run(function* () {
        ready();
        try {
          yield* sleep("1h");
        } finally {
          yield* until(one.catch(tell));
        }
      });
      await other.catch(tell);
    `,
    prints: ["one cleaned up", INTERRUPTED, INTERRUPTED],
    ends: 130,
  },
  {
    name: "a run inside another is left to the outer one",
    program: `
      let wake;
      const woken = new Promise((resolve) => wake = resolve);
      await run(function* () {
        const inner = run(function* () {
          yield* until(woken);
          return "inner result";
        });
        try {
          yield* main();
        } finally {
          wake();
          say(yield* until(inner));
        }
      }).catch(tell);
    `,
    prints: ["main cleaned up", "inner result", INTERRUPTED],
    ends: 130,
  },
  {
    name: "with signals: false Ctrl-C is the host's",
    program: `await run(main, { signals: false });`,
    ends: "SIGINT",
  },
  {
    name: "on another clock Ctrl-C is the host's",
    program: `
      const alarm = { set() {}, clear() {}, close() {} };
      setInterval(() => {}, 1e6);
      await run(main, { clock: { now: () => performance.now(), createAlarm: () => alarm } });
    `,
    ends: "SIGINT",
  },
  {
    name: "a main that its signal has cancelled leaves Ctrl-C to the host",
    program: `
      const controller = new AbortController();
      await run(function* () {
        try {
          setTimeout(() => controller.abort(), 5);
          yield* sleep("1h");
        } finally {
          ready();
          yield* sleep("1h");
        }
      }, { signal: controller.signal });
    `,
    ends: "SIGINT",
  },
  {
    name: "a program that aborts its signal at Ctrl-C gets its own reason and exit code",
    program: `
      const controller = new AbortController();
      listen(() => controller.abort(new Error("my reason")));
      await run(main, { signal: controller.signal }).catch(tell);
    `,
    prints: ["main cleaned up", "CancelledError true Error: my reason"],
    ends: 0,
  },
  {
    name: "a loop that waits listens once, and one that never waits not at all",
    program: `
      let calls = [];
      const [host, on, off] = globalThis.Deno
        ? [Deno, "addSignalListener", "removeSignalListener"]
        : [process, "on", "off"];
      for (const name of [on, off]) {
        const original = host[name];
        host[name] = function (...args) {
          if (args[0] === "SIGINT") calls.push(name === on ? "on" : "off");
          return original.apply(this, args);
        };
      }
      await run(function* () {
        for (let i = 0; i < 100; i++) yield* sleep(0);
        yield* createTask(function* () {});
      });
      say(calls);
      await Promise.all([run(() => sleep(20)), run(() => sleep(1))]);
      say(calls.join());
    `,
    prints: ["[]", "on,off"],
    ends: 0,
  },
  {
    name: "runs in worker threads leave Ctrl-C to the host",
    program: `
      const { isMainThread, parentPort, Worker } = await import("node:worker_threads");
      if (isMainThread) {
        new Worker(new URL(import.meta.url)).on("message", say);
      } else {
        setTimeout(() => parentPort.postMessage("ready"), 20);
        await run(() => sleep("1h"));
      }
    `,
    ends: "SIGINT",
  },
];

/** Long enough for the slowest machine; whoever needs more hangs. */
const PATIENCE = 60_000;

/** Runs a rule's program, which is in a file, and checks how it went. */
export async function check(rule: Rule, command: string, args: string[]): Promise<void> {
  const child = new Deno.Command(command, {
    args,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const hanging = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  const complaints = new Response(child.stderr).text();
  const lines: string[] = [];
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n");
    text = parts.pop()!;
    for (const line of parts) {
      const signal = line === "ready" ? "SIGINT" : /^send (SIG\w+)$/.exec(line)?.[1];
      if (signal === undefined) lines.push(line);
      else child.kill(signal as Deno.Signal);
    }
  }
  const { code, signal } = await child.status;
  clearTimeout(hanging);
  const complaint = await complaints;
  assertEquals(
    { lines, ends: signal ?? code },
    { lines: rule.prints ?? [], ends: rule.ends },
    complaint,
  );
  if (rule.complains) assertMatch(complaint, rule.complains);
  else assertEquals(complaint, "");
}
