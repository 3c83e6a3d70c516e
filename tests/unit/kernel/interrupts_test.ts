import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { CancelledError, gather, Lock, run, sleep } from "../../../mod.ts";
import { check, type Rule, rules, source } from "./interrupts_rules.ts";

const mod = new URL("../../../mod.ts", import.meta.url).href;
const interrupts = new URL("../../../src/kernel/interrupts.ts", import.meta.url).href;

async function checkInDeno(rule: Rule): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
  try {
    const main = `${directory}/main.js`;
    await Deno.writeTextFile(main, source(mod, rule.program));
    // Workers are read as files; for signals no permission is needed.
    const always = ["run", "--no-prompt", "--no-lock", "--no-config", "--allow-read"];
    await check(rule, Deno.execPath(), [...always, main]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const inDeno: Rule[] = [
  {
    name: "runs in web workers leave Ctrl-C to the host",
    program: `
      if (typeof DedicatedWorkerGlobalScope === "undefined") {
        new Worker(import.meta.url, { type: "module" }).onmessage = ({ data }) => say(data);
      } else {
        setTimeout(() => postMessage("ready"), 20);
        await run(() => sleep("1h"));
      }
    `,
    ends: "SIGINT",
  },
  {
    name: "whoever prevents unhandled rejections prevents Ctrl-C's as well",
    program: `
      addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        tell(event.reason);
      });
      run(main);
      addEventListener("unload", () => say("the end"));
    `,
    prints: ["main cleaned up", "CancelledError true Error: SIGINT", "the end"],
    ends: 130,
  },
  {
    name: "run() stands back while somebody else has SIGINT, and listens again afterwards",
    program: `
      const { takeInterrupts } = await import(${JSON.stringify(interrupts)});
      const other = () => {
        say("the other one");
        giveBack();
        giveBack();
        Deno.removeSignalListener("SIGINT", other);
        ready();
      };
      Deno.addSignalListener("SIGINT", other);
      const giveBack = takeInterrupts();
      await run(main).catch(tell);
    `,
    prints: ["the other one", "main cleaned up", "CancelledError true Error: SIGINT"],
    ends: 130,
  },
  {
    name: "SIGINT may be taken from a run that listens already, by several at once",
    program: `
      const { takeInterrupts } = await import(${JSON.stringify(interrupts)});
      await run(function* () {
        yield* sleep(1);
        takeInterrupts()();
        takeInterrupts();
        takeInterrupts()();
        ready();
        yield* sleep("1h");
      });
    `,
    ends: "SIGINT",
  },
  {
    name: "a host without signals changes nothing",
    program: `
      Deno.addSignalListener = Deno.removeSignalListener = () => {
        throw new Error("not here");
      };
      say(await run(sleep(1, "done")));
      delete Deno.addSignalListener;
      delete Deno.removeSignalListener;
      say(await run(sleep(1, "done")));
    `,
    prints: ["done", "done"],
    ends: 0,
  },
];

for (const rule of [...rules, ...inDeno]) {
  Deno.test(rule.name, () => checkInDeno(rule));
}

Deno.test("a CancelledError that a signal caused has its reason as its cause, wherever it is thrown", async () => {
  const lock = new Lock();
  const reason = new Error("enough");
  for (
    const wait of [
      () => sleep("1h"),
      () => gather(sleep("1h"), sleep("2h")),
      () => lock.acquire(),
      () => new Promise<void>(() => {}),
    ]
  ) {
    const controller = new AbortController();
    const seen: unknown[] = [];
    const main = run(function* () {
      yield* lock.acquire();
      try {
        yield* gather(wait());
      } catch (error) {
        seen.push((error as Error).cause, (error as Error).message);
        throw error;
      } finally {
        lock.release();
      }
    }, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 1);
    const error = await assertRejects(() => main, CancelledError);
    assertStrictEquals(error.cause, reason);
    assertEquals(seen, [reason, ""]);
  }
});
