import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  allTasks,
  CancelledError,
  createTask,
  gather,
  InvalidStateError,
  sleep,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import { createSubprocessExec, createSubprocessShell } from "../../../process.ts";
import { eventually, failure, ioTest } from "../support.ts";
import { DEAF, text } from "./support.ts";

const PIPES = { stdin: "pipe", stdout: "pipe", stderr: "pipe" } as const;

ioTest("communicate() feeds the input, closes stdin, reads all, and waits", function* () {
  const child = yield* createSubprocessShell("cat; echo error >&2; exit 3", PIPES);
  const [out, err] = yield* child.communicate("gr\u00fc\u00dfe");
  assertEquals([text(out), text(err), child.returncode], ["gr\u00fc\u00dfe", "error\n", 3]);
  assertEquals(child.stdin!.isClosing(), true);
  const bytes = yield* createSubprocessExec("cat", [], PIPES);
  assertEquals((yield* bytes.communicate(new Uint8Array([0, 255])))[0], new Uint8Array([0, 255]));
});

ioTest(
  "communicate() without input closes stdin as well, and what is no pipe gives null",
  function* () {
    const child = yield* createSubprocessExec("cat", [], { stdin: "pipe" });
    assertEquals(yield* child.communicate(), [null, null]);
    const deaf = yield* createSubprocessExec("true", [], { stdout: "pipe" });
    assertEquals((yield* deaf.communicate("for nobody")).map(text), ["", null]);
  },
);

ioTest("communicate() works after the end, and again", function* () {
  const child = yield* createSubprocessShell("echo out", PIPES);
  assertEquals(yield* child.wait(), 0);
  assertEquals((yield* child.communicate("late")).map(text), ["out\n", ""]);
  assertEquals((yield* child.communicate("again")).map(text), ["", ""]);
});

ioTest("10 MB go both ways, by both outputs, without a deadlock", function* () {
  const size = 10_000_000;
  const input = new Uint8Array(size).fill(65);
  const echo = yield* createSubprocessExec("cat", [], PIPES);
  const [echoed] = yield* echo.communicate(input);
  assertEquals(echoed!.length, size);
  assert(echoed!.every((byte) => byte === 65));
  // The errors come first: whoever reads the output to its end before would wait for ever.
  const both = yield* createSubprocessShell(`cat >&2; head -c ${size} /dev/zero`, PIPES);
  const [out, err] = yield* both.communicate(input);
  assertEquals([out!.length, err!.length, both.returncode], [size, size, 0]);
});

ioTest("a child that doesn't read its input is no error", function* () {
  for (const command of ["true", "head -c 3", "exec <&-; sleep 0.05; echo x", "kill -9 $$"]) {
    const child = yield* createSubprocessShell(command, PIPES);
    const [out] = yield* child.communicate("y".repeat(1_000_000));
    assert(out!.length <= 3);
    assert(child.returncode !== null);
  }
});

ioTest("communicate() needs no tasks of its own", function* () {
  const child = yield* createSubprocessShell("cat; sleep 0.05", PIPES);
  const task = createTask(child.communicate("x".repeat(200_000)));
  yield* sleep(10);
  assertEquals(allTasks().size, 2);
  yield* task;
});

ioTest(
  "cancelled, communicate() ends the child, which may clean up, and then goes on",
  function* () {
    const child = yield* createSubprocessShell(
      "trap 'head -c 1000000 /dev/zero; echo clean >&2; exit 5' TERM; echo ready;" +
        "while :; do sleep 0.02; done",
      PIPES,
    );
    const task = createTask(child.communicate());
    yield* eventually(() => child.stdout!["_buffer"].length > 0);
    task.cancel("enough");
    const error = yield* failure(CancelledError, task);
    assertEquals([error.message, child.returncode], ["enough", 5]);
    // What it has printed until then is not lost.
    assertEquals((yield* child.stdout!.read()).length, "ready\n".length + 1_000_000);
    assertEquals(text(yield* child.stderr!.read()), "clean\n");
  },
);

ioTest("a child that ignores SIGTERM is killed after killAfter", function* () {
  const child = yield* createSubprocessShell(DEAF, { stdout: "pipe", killAfter: "50ms" });
  const talk = createTask(child.communicate());
  yield* eventually(() => child.stdout!["_buffer"].length > 0);
  yield* failure(TimeoutError, waitFor(talk, 1));
  assertEquals(child.returncode, -9);
  assertEquals(text(yield* child.stdout!.read()), "deaf\n");
});

ioTest("a second cancel kills the child at once", function* () {
  const child = yield* createSubprocessShell(DEAF, { stdout: "pipe", killAfter: null });
  const task = createTask(child.communicate());
  yield* eventually(() => child.stdout!["_buffer"].length > 0);
  task.cancel();
  yield* sleep(20);
  assertEquals([task.done(), child.returncode], [false, null]);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(child.returncode, -9);
});

ioTest(
  "cancelled after the child's end, communicate() gives up a pipe that a grandchild holds",
  function* () {
    const child = yield* createSubprocessShell("echo out; sleep 0.5 & exit 4", PIPES);
    yield* child.wait();
    yield* failure(TimeoutError, waitFor(child.communicate(), 5));
    assertEquals(child.returncode, 4);
    assertEquals(text(yield* child.stdout!.readline()), "out\n");
  },
);

ioTest(
  "cancelled while it waits for the errors, communicate() keeps the output, too",
  function* () {
    const child = yield* createSubprocessShell("echo out; exec >&-; sleep 60", PIPES);
    const task = createTask(child.communicate());
    yield* eventually(() => child.stdout!.atEof());
    task.cancel();
    yield* failure(CancelledError, task);
    assertEquals(child.returncode, -15);
    assertEquals(text(yield* child.stdout!.read()), "out\n");
  },
);

ioTest("two tasks can't communicate at once", function* () {
  const child = yield* createSubprocessExec("cat", [], PIPES);
  const read = createTask(child.stdout!.read());
  yield;
  yield* failure(InvalidStateError, child.communicate("x"));
  assertEquals(text(yield* read), "x");
});

ioTest("input that is neither bytes nor text is refused at the call", function* () {
  const child = yield* createSubprocessExec("cat", [], PIPES);
  for (const input of [1, ["x"], {}, new ArrayBuffer(1)]) {
    assertThrows(() => child.communicate(input as never), TypeError, "input must be a string or");
  }
  assertEquals((yield* child.communicate(null)).map(text), ["", ""]);
});

ioTest("many children at once", function* () {
  const numbers = Array.from({ length: 50 }, (_, i) => `${i}`);
  function* echo(number: string) {
    const child = yield* createSubprocessExec("cat", [], PIPES);
    return text((yield* child.communicate(number))[0]);
  }
  assertEquals(yield* gather(numbers.map(echo)), numbers);
});
