/**
 * What signals do to programs that handle them, as programs that run in processes of their own under
 * any host that has signals. What else there is to say of rules is said in
 * `../kernel/interrupts_rules.ts`, whose `check` runs them.
 *
 * @module
 */
import type { Rule } from "../kernel/interrupts_rules.ts";

const prelude = `
  const say = (...words) => console.log(...words);
  const send = (signal) => setTimeout(say, 1, "send " + signal);
  function* waits(name) {
    try {
      yield* sleep("1h");
    } finally {
      yield* sleep(1);
      say(name, "cleaned up");
    }
  }
  const main = (signal) => function* () {
    send(signal);
    yield* waits("main");
  };
  const tell = (error) => say(error.name, error instanceof CancelledError, String(error.cause));
`;

/** A program in full; the arguments are where to import `mod.ts` and `process.ts` from. */
export function source(library: string, process: string, program: string): string {
  return `
    import * as wasyncio from ${JSON.stringify(library)};
    import {
      addSignalHandler,
      interrupted,
      removeSignalHandler,
    } from ${JSON.stringify(process)};
    const { CancelledError, createTask, Event, getRunningLoop, run, Runner, sleep } = wasyncio;
    ${prelude}
    ${program}
  `;
}

const interruptedRules: Rule[] = [
  {
    name: "SIGTERM aborts interrupted(), main cleans up, and the program goes on as it likes",
    program: `await run(main("SIGTERM"), { signal: interrupted() }).catch(tell); say("after");`,
    prints: ["main cleaned up", "CancelledError true Error: SIGTERM", "after"],
    ends: 0,
  },
  {
    name: "SIGINT does the same, without run()'s own Ctrl-C having a hand in it",
    program: `await run(main("SIGINT"), { signal: interrupted() }).catch(tell); say("after");`,
    prints: ["main cleaned up", "CancelledError true Error: SIGINT", "after"],
    ends: 0,
  },
  {
    name: "a cancel by interrupted() that nobody catches ends the program quietly",
    program: `await run(main("SIGTERM"), { signal: interrupted() }); say("not reached");`,
    prints: ["main cleaned up"],
    ends: 143,
  },
  {
    name: "a clean-up that fails after the signal fails the program, loudly",
    program: `
      await run(function* () {
        try {
          yield* main("SIGTERM")();
        } finally {
          throw new RangeError("the disk is full");
        }
      }, { signal: interrupted() });
    `,
    prints: ["main cleaned up"],
    ends: 1,
    complains: /RangeError: the disk is full/,
  },
  ...["SIGINT", "SIGTERM"].map((second): Rule => ({
    name: `a second signal ends the process at once, with ${second}'s code`,
    program: `
      await run(function* () {
        try {
          yield* main("SIGTERM")();
        } finally {
          send(${JSON.stringify(second)});
          yield* waits("never");
        }
      }, { signal: interrupted() });
    `,
    prints: ["main cleaned up"],
    ends: second === "SIGINT" ? 130 : 143,
  })),
  {
    name: "the second signal ends a program whose tasks clean up after main's end",
    program: `
      await run(function* () {
        createTask(function* () {
          try {
            yield* sleep("1h");
          } finally {
            send("SIGTERM");
            yield* sleep("1h");
          }
        });
        yield* main("SIGTERM")();
      }, { signal: interrupted() });
    `,
    prints: ["main cleaned up"],
    ends: 143,
  },
  {
    name: "when the run is over, the signals do again what they did before",
    program: `
      await run(() => sleep(1), { signal: interrupted() });
      send("SIGTERM");
      setInterval(() => {}, 1e6);
    `,
    ends: "SIGTERM",
  },
  {
    name: "when the run is over, the next one has its own Ctrl-C again",
    program: `
      await run(() => sleep(1), { signal: interrupted() });
      await run(main("SIGINT"));
    `,
    prints: ["main cleaned up"],
    ends: 130,
  },
  {
    name: "a signal that was used once can be given to another run",
    program: `
      const signal = interrupted();
      await run(() => sleep(1), { signal });
      await run(main("SIGTERM"), { signal }).catch(tell);
    `,
    prints: ["main cleaned up", "CancelledError true Error: SIGTERM"],
    ends: 0,
  },
  {
    name: "several runs may have one signal, and it ends with the last of them",
    program: `
      const signal = interrupted();
      const first = run(() => sleep(1), { signal });
      const second = run(function* () {
        yield* sleep(20);
        yield* main("SIGTERM")();
      }, { signal });
      await first;
      await second.catch(tell);
      send("SIGTERM");
      setInterval(() => {}, 1e6);
    `,
    prints: ["main cleaned up", "CancelledError true Error: SIGTERM"],
    ends: "SIGTERM",
  },
  {
    name: "a runner keeps the signal until it is closed",
    program: `
      const runner = new Runner({ signal: interrupted() });
      say(await runner.run(sleep(1, "first")));
      await runner.run(main("SIGTERM")).catch(tell);
      await runner.close();
      send("SIGTERM");
      setInterval(() => {}, 1e6);
    `,
    prints: ["first", "main cleaned up", "CancelledError true Error: SIGTERM"],
    ends: "SIGTERM",
  },
  {
    name: "interrupted() that no run has keeps nothing alive",
    program: `interrupted(); await run(() => sleep(1)); say("the end");`,
    prints: ["the end"],
    ends: 0,
  },
  {
    name: "from the call of interrupted() on, run()'s own Ctrl-C stands back",
    program: `
      const signal = interrupted();
      signal.addEventListener("abort", () => say("aborted"));
      await run(function* () {
        send("SIGINT");
        while (!signal.aborted) yield* sleep(1);
        yield* sleep(100); // what comes later would cancel this
        say("main goes on");
      });
    `,
    prints: ["aborted", "main goes on"],
    ends: 0,
  },
  {
    name:
      "interrupted() listens to what it is told, and leaves Ctrl-C to run() where that is not SIGINT",
    program: `
      await run(main("SIGHUP"), { signal: interrupted("SIGHUP", "SIGUSR1") }).catch(tell);
      await run(main("SIGINT"), { signal: interrupted("SIGHUP") }).catch(tell);
    `,
    prints: [
      "main cleaned up",
      "CancelledError true Error: SIGHUP",
      "main cleaned up",
      "CancelledError true Error: SIGINT",
    ],
    ends: 130,
  },
  {
    name: "interrupted() that is refused listens to nothing",
    program: `
      try {
        interrupted("SIGTERM", "SIGKILL");
      } catch (error) {
        say(error.name);
      }
      send("SIGTERM");
      setInterval(() => {}, 1e6);
    `,
    prints: ["RangeError"],
    ends: "SIGTERM",
  },
  {
    name: "a main may wait for the signal and for nothing else",
    program: `
      await run(function* () {
        say("send SIGTERM"); // not by a timer, which would keep the process alive
        yield* new Event().wait();
      }, { signal: interrupted() }).catch(tell);
    `,
    prints: ["CancelledError true Error: SIGTERM"],
    ends: 0,
  },
  {
    name: "a main that swallows the signal's cancel has its result",
    program: `
      say(await run(function* () {
        try {
          yield* main("SIGTERM")();
        } catch {
          return "swallowed";
        }
      }, { signal: interrupted() }));
    `,
    prints: ["main cleaned up", "swallowed"],
    ends: 0,
  },
];

const handlerRules: Rule[] = [
  {
    name: "a handler on the default loop keeps no process alive",
    program: `addSignalHandler("SIGTERM", say); say("the end");`,
    prints: ["the end"],
    ends: 0,
  },
  {
    name: "a signal handler is called in the loop's turns, with its arguments, each time",
    program: `
      await run(function* () {
        const loop = getRunningLoop();
        const event = new Event();
        addSignalHandler("SIGTERM", (...words) => {
          say(...words, getRunningLoop() === loop);
          event.set();
        }, "got", "it");
        for (let i = 0; i < 2; i++) {
          send("SIGTERM");
          yield* event.wait();
          event.clear();
        }
      });
    `,
    prints: ["got it true", "got it true"],
    ends: 0,
  },
  {
    name: "a second handler replaces the first; removed, the signal does what it did before",
    program: `
      await run(function* () {
        const event = new Event();
        addSignalHandler("SIGTERM", say, "the first");
        addSignalHandler("SIGTERM", () => {
          say("the second");
          event.set();
        });
        send("SIGTERM");
        yield* event.wait();
        say(removeSignalHandler("SIGTERM"), removeSignalHandler("SIGTERM"));
        send("SIGTERM");
        yield* sleep("1h");
      });
    `,
    prints: ["the second", "true false"],
    ends: "SIGTERM",
  },
  {
    name: "handlers end with their loop, and the process ends by itself",
    program: `
      await run(function* () {
        addSignalHandler("SIGTERM", say, "never called");
        yield* sleep(1);
      });
      send("SIGTERM");
      setInterval(() => {}, 1e6);
    `,
    ends: "SIGTERM",
  },
  {
    name: "a handler that is left keeps no process alive",
    program: `
      await run(function* () {
        addSignalHandler("SIGTERM", say);
        addSignalHandler("SIGINT", say);
      });
      say("the end");
    `,
    prints: ["the end"],
    ends: 0,
  },
  {
    name: "a handler of SIGINT takes Ctrl-C from run(), which has it again afterwards",
    program: `
      await run(function* () {
        const event = new Event();
        addSignalHandler("SIGINT", () => {
          say("handled");
          event.set();
        });
        send("SIGINT");
        yield* event.wait();
        removeSignalHandler("SIGINT");
        yield* main("SIGINT")();
      });
    `,
    prints: ["handled", "main cleaned up"],
    ends: 130,
  },
  {
    name:
      "a handler of SIGINT may be taken back in the turn in which it was set, and by the loop's end",
    program: `
      await run(function* () {
        addSignalHandler("SIGINT", say, "never");
        removeSignalHandler("SIGINT");
        yield* sleep(1);
        addSignalHandler("SIGINT", say, "never");
      });
      await run(main("SIGINT"));
    `,
    prints: ["main cleaned up"],
    ends: 130,
  },
  {
    name: "each loop has handlers of its own for one signal",
    program: `
      const one = (name) => run(function* () {
        const event = new Event();
        addSignalHandler("SIGTERM", () => {
          say(name);
          event.set();
        });
        yield* sleep(20);
        if (name === "two") send("SIGTERM");
        yield* event.wait();
      });
      await Promise.all([one("one"), one("two")]);
    `,
    prints: ["one", "two"],
    ends: 0,
  },
  {
    name: "addSignalHandler() outside a loop uses the host's default one",
    program: `
      const stays = setInterval(() => {}, 1e6);
      await new Promise((resolve) => {
        addSignalHandler("SIGTERM", resolve);
        send("SIGTERM");
      });
      say(removeSignalHandler("SIGTERM"));
      clearInterval(stays);
    `,
    prints: ["true"],
    ends: 0,
  },
];

/** The rules that hold under every host with signals. */
export const rules: Rule[] = [...interruptedRules, ...handlerRules];
