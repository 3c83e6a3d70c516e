import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  gather,
  run,
  Runner,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import { createSubprocessExec, createSubprocessShell, OSError } from "../../../process.ts";
import { eventually, failure, ioTest, program } from "../support.ts";
import { DEAF, exists, text } from "./support.ts";

ioTest(
  "wait() is for any number, before and after the end, and a cancelled one leaves the child alone",
  function* () {
    const child = yield* createSubprocessExec("cat", [], { stdin: "pipe", stdout: "devnull" });
    assertEquals(child.returncode, null);
    yield* failure(TimeoutError, waitFor(child.wait(), 5));
    const waits = [createTask(child.wait()), createTask(child.wait()), createTask(child.wait())];
    yield;
    waits[1].cancel();
    child.stdin!.close();
    const results = yield* gather(waits, { returnExceptions: true });
    assertEquals([results[0], results[2]], [0, 0]);
    assert(results[1] instanceof CancelledError);
    assertEquals([yield* child.wait(), yield* child.wait(), child.returncode], [0, 0, 0]);
  },
);

ioTest("the return code is the exit code, or the negative number of the signal", function* () {
  const ends: [string, number][] = [
    ["exit 0", 0],
    ["exit 3", 3],
    ["exit 255", 255],
    ["kill -KILL $$", -9],
    ["kill -TERM $$", -15],
    ["kill -ABRT $$", -6],
  ];
  for (const [command, code] of ends) {
    const child = yield* createSubprocessShell(command);
    assertEquals({ command, code: yield* child.wait() }, { command, code });
    assertEquals(child.returncode, code);
  }
});

if (Deno.build.os === "linux") {
  ioTest("a real-time signal, which Deno has no name for, has its number, too", function* () {
    const child = yield* createSubprocessShell("kill -34 $$");
    assertEquals(yield* child.wait(), -34);
  });
}

ioTest("signals reach the child; after its end nothing happens", function* () {
  const child = yield* createSubprocessShell(
    "trap 'echo hangup' HUP; trap 'echo terminated; exit 7' TERM; echo ready;" +
      "while :; do sleep 0.02; done",
    { stdout: "pipe" },
  );
  const lines = function* () {
    return text(yield* child.stdout!.readline());
  };
  assertEquals(yield* lines(), "ready\n");
  child.sendSignal("SIGHUP");
  assertEquals(yield* lines(), "hangup\n");
  child.terminate();
  assertEquals(yield* lines(), "terminated\n");
  assertEquals(yield* child.wait(), 7);
  child.sendSignal("SIGHUP");
  child.terminate();
  child.kill();
  assertEquals(child.returncode, 7);
});

ioTest("what is no signal's name is refused, while the child runs and afterwards", function* () {
  const child = yield* createSubprocessExec("sleep", ["60"]);
  for (let i = 0; i < 2; i++) {
    for (const name of ["SIGFOO", "TERM", "sigterm", ""]) {
      assertThrows(() => child.sendSignal(name), RangeError, "signal must be a signal's name");
    }
    for (const name of [15, undefined, null]) {
      assertThrows(() => child.sendSignal(name as never), TypeError, "signal must be");
    }
    child.kill();
    assertEquals(yield* child.wait(), -9);
  }
});

ioTest("kill() at once after the child has died by itself does nothing", function* () {
  for (let i = 0; i < 20; i++) {
    const child = yield* createSubprocessExec("true");
    // Blocks this thread until the child is a zombie, of which Deno has not heard yet.
    const stat = () => Deno.readTextFileSync(`/proc/${child.pid}/stat`).split(") ")[1];
    while (Deno.build.os === "linux" && exists(child.pid) && !stat().startsWith("Z"));
    child.kill();
    child.terminate();
    assertEquals(yield* child.wait(), 0);
  }
});

ioTest("a grandchild that holds a pipe keeps the output open after wait()", function* () {
  const parent = yield* createSubprocessShell("sleep 60 & echo $!", { stdout: "pipe" });
  assertEquals(yield* parent.wait(), 0);
  const grandchild = Number(text(yield* parent.stdout!.readline()));
  yield* failure(TimeoutError, waitFor(parent.stdout!.read(), 5));
  assertEquals(parent.stdout!.atEof(), false);
  Deno.kill(grandchild);
  assertEquals(text(yield* parent.stdout!.read()), "");
});

ioTest("a conversation with a child goes line by line", function* () {
  const child = yield* createSubprocessExec("cat", [], { stdin: "pipe", stdout: "pipe" });
  for (let i = 0; i < 100; i++) {
    child.stdin!.write(`line ${i}\n`);
    yield* child.stdin!.drain();
    assertEquals(text(yield* child.stdout!.readline()), `line ${i}\n`);
  }
  child.stdin!.close();
  yield* child.stdin!.waitClosed();
  assertEquals((yield* child.stdout!.read()).length, 0);
  assertEquals(yield* child.wait(), 0);
});

ioTest(
  "drain() waits for a child that doesn't read, and a full pipe holds a child that isn't read",
  function* () {
    const silent = yield* createSubprocessExec("sleep", ["60"], { stdin: "pipe" });
    silent.stdin!.write(new Uint8Array(1_000_000));
    yield* failure(TimeoutError, waitFor(silent.stdin!.drain(), 20));
    silent.kill();
    assertEquals((yield* failure(OSError, silent.stdin!.drain())).code, "EPIPE");
    silent.stdin!.write("to nobody");
    const loud = yield* createSubprocessShell("yes | head -c 5000000; echo ended >&2", {
      stdout: "pipe",
      stderr: "pipe",
      limit: 1000,
    });
    yield* failure(TimeoutError, waitFor(loud.stderr!.readline(), 50));
    assert(loud.stdout!["_buffer"].length < 5_000_000 / 2);
    assertEquals((yield* loud.stdout!.read()).length, 5_000_000);
    assertEquals(text(yield* loud.stderr!.read()), "ended\n");
    assertEquals(yield* loud.wait(), 0);
  },
);

ioTest("writing to a child that has ended does nothing, and drain() says EPIPE", function* () {
  const child = yield* createSubprocessExec("true", [], { stdin: "pipe" });
  yield* child.wait();
  child.stdin!.write("to nobody");
  const error = yield* failure(OSError, child.stdin!.drain());
  assertEquals([error.code, error.message], [
    "EPIPE",
    "Cannot write to true's stdin: it has ended",
  ]);
  yield* child.stdin!.waitClosed();
});

ioTest("lines of a child's output may be as long as the limit", function* () {
  const child = yield* createSubprocessShell("printf 'aaaaaaaaaaaaaaaaaaaa\\nbb\\n'", {
    stdout: "pipe",
    limit: 10,
  });
  const error = yield* failure(RangeError, child.stdout!.readline());
  assertEquals(error.name, "LimitOverrunError");
  assertEquals(text(yield* child.stdout!.readline()), "bb\n");
});

Deno.test("await using kills the child, closes its pipes, and waits for its end", async () => {
  await run(async () => {
    let pid: number;
    let streams: unknown[];
    {
      // A grandchild holds the pipes until it sees that the child is gone.
      const command = "(while kill -0 $$; do sleep 0.2; done) 2>/dev/null & wait";
      await using child = await createSubprocessShell(command, { stdin: "pipe", stdout: "pipe" });
      pid = child.pid;
      assert(exists(pid));
      streams = [child.stdin, child.stdout];
    }
    assert(!exists(pid));
    const states = streams.map((stream) => String(stream).split(", ")[0].split(" ").at(-1));
    assertEquals(states, ["closed", "ended"]);
  });
});

Deno.test("children end with their loop, whatever state they are in, and are gone when it is closed", async () => {
  const runner = new Runner();
  const pids = await runner.run(function* () {
    const options = { stdin: "pipe", stdout: "pipe", stderr: "pipe" } as const;
    const children = yield* gather(
      createSubprocessExec("sleep", ["60"]),
      createSubprocessExec("cat", [], options),
      createSubprocessExec("yes", [], options),
      createSubprocessShell(DEAF, options),
      createSubprocessExec("sleep", ["60"], options),
    );
    yield* children[3].stdout!.readline();
    children[4].stdin!.write(new Uint8Array(1_000_000));
    createTask(children[1].stdout!.read());
    return children.map(({ pid }) => pid);
  });
  assertEquals(pids.map(exists), [true, true, true, true, true]);
  await runner.close();
  assertEquals(pids.map(exists), [false, false, false, false, false]);
});

Deno.test("a process ends by itself whose children are left, with a read pending or not", async () => {
  const process = JSON.stringify(import.meta.resolve("../../../process.ts"));
  const { code, out, err } = await program(
    `
      const { createSubprocessExec, createSubprocessShell } = await import(${process});
      await asyncio.run(function* () {
        const pipes = { stdin: "pipe", stdout: "pipe" };
        yield* createSubprocessExec("sleep", ["3600"]);
        const cat = yield* createSubprocessExec("cat", [], pipes);
        asyncio.createTask(cat.stdout.read());
        const deaf = yield* createSubprocessExec("sleep", ["3600"], pipes);
        deaf.stdin.write(new Uint8Array(1_000_000));
        asyncio.createTask(deaf.wait());
        // A grandchild that holds the pipe for as long as this process lives.
        const holds = "(while kill -0 $PPID; do sleep 0.02; done) 2>/dev/null &";
        const parent = yield* createSubprocessShell(holds, { stdout: "pipe" });
        yield* parent.wait();
        asyncio.createTask(parent.stdout.read());
        console.log("main ends");
      });
      console.log("run() ends");
    `,
    ["-A"],
  );
  assertEquals({ code, out, err }, { code: 0, out: "main ends\nrun() ends\n", err: "" });
});

if (Deno.build.os === "linux") {
  Deno.test("no descriptors and no zombies are left, whatever was piped and left unread", async () => {
    const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const isOurs = (pid: string) => {
      try {
        return Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" ")[1] ===
          String(Deno.pid);
      } catch {
        return false; // It has ended just now.
      }
    };
    const children = () =>
      [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name) && isOurs(name));
    const options = { stdin: "pipe", stdout: "pipe", stderr: "pipe" } as const;
    await run(function* () {
      yield* (yield* createSubprocessExec("true", [], options)).wait();
      yield* eventually(() => children().length === 0);
      const before = count();
      for (let i = 0; i < 20; i++) {
        const child = yield* createSubprocessShell("echo output; echo error >&2", options);
        if (i % 2 === 0) yield* child.wait();
        else yield* child.communicate("input");
      }
      yield* eventually(() => count() <= before && children().length === 0);
    });
  });
}
