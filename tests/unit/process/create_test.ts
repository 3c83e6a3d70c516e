import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { createTask, gather, sleep } from "../../../mod.ts";
import {
  createSubprocessExec,
  createSubprocessShell,
  OSError,
  type SubprocessOptions,
} from "../../../process.ts";
import { failure, ioTest, program } from "../support.ts";
import { text } from "./support.ts";

ioTest("a program gets its arguments as they are, and a shell its command line", function* () {
  const args = ["%s|%s|%s", "a b", '"$HOME"', "*"];
  const exec = yield* createSubprocessExec("printf", args, { stdout: "pipe" });
  assertEquals(text((yield* exec.communicate())[0]), 'a b|"$HOME"|*');
  const shell = yield* createSubprocessShell("echo 'a b' \"c\" | tr a-z A-Z", { stdout: "pipe" });
  assertEquals(text((yield* shell.communicate())[0]), "A B C\n");
});

ioTest("standard streams are inherited, piped or nothing", function* () {
  const none = yield* createSubprocessExec("true");
  assertEquals([none.stdin, none.stdout, none.stderr], [null, null, null]);
  assertEquals(yield* none.wait(), 0);
  const some = yield* createSubprocessShell("cat; echo error >&2; echo output", {
    stdin: "devnull",
    stdout: "devnull",
    stderr: "pipe",
  });
  assertEquals([some.stdin, some.stdout], [null, null]);
  assertEquals(text(yield* some.stderr!.read()), "error\n");
  assertEquals(yield* some.wait(), 0);
});

ioTest("a child has this process's environment and directory, and what is added", function* () {
  function* print(command: string, options: SubprocessOptions) {
    const child = yield* createSubprocessShell(command, { ...options, stdout: "pipe" });
    return text((yield* child.communicate())[0]);
  }
  const directory = Deno.realPathSync("/tmp");
  assertEquals(yield* print("pwd", { cwd: "/tmp" }), `${directory}\n`);
  assertEquals(yield* print("pwd", {}), `${Deno.cwd()}\n`);
  const path = Deno.env.get("PATH");
  assertEquals(yield* print("echo $PATH $ADDED", { env: { ADDED: "x" } }), `${path} x\n`);
  assertEquals(yield* print("echo $HOME$ADDED", { env: { ADDED: "x" }, clearEnv: true }), "x\n");
  assertEquals(yield* print("echo $PATH", { env: { PATH: "/bin:/usr/bin" } }), "/bin:/usr/bin\n");
});

ioTest("what can't be started is an OSError with the errno's name, when awaited", function* () {
  const cases: [string, SubprocessOptions, string][] = [
    ["no-such-program", {}, "ENOENT"],
    ["/no/such/program", {}, "ENOENT"],
    ["true", { cwd: "/no/such/directory" }, "ENOENT"],
    ["true", { cwd: "/etc/passwd" }, "ENOTDIR"],
    ["/etc/passwd", {}, "EACCES"],
    ["/etc", {}, "EACCES"],
  ];
  for (const [name, options, code] of cases) {
    const error = yield* failure(OSError, createSubprocessExec(name, [], options));
    assertEquals({ name, code: error.code }, { name, code });
    assertEquals(error.message.startsWith(`Cannot start ${name}: `), true, error.message);
    assertEquals(error.cause instanceof Error, true);
  }
  const shell = createSubprocessShell("true", { cwd: "/no/such/directory" });
  assertEquals((yield* failure(OSError, shell)).code, "ENOENT");
  const huge = createSubprocessExec("true", ["x".repeat(1_000_000)]);
  assertEquals((yield* failure(OSError, huge)).code, "E2BIG");
});

ioTest("a shell that finds no program ends with 127", function* () {
  const shell = yield* createSubprocessShell("no-such-program", { stderr: "devnull" });
  assertEquals(yield* shell.wait(), 127);
});

Deno.test("wrong arguments are refused at the call, by name", () => {
  const wrong: [() => unknown, typeof TypeError | typeof RangeError, string][] = [
    [() => createSubprocessExec(1 as never), TypeError, "program must be a string, got 1"],
    [() => createSubprocessExec(""), RangeError, "program must not be empty"],
    [() => createSubprocessShell(""), RangeError, "command must not be empty"],
    [() => createSubprocessExec("a\0b"), RangeError, "program must have no zero character"],
    [() => createSubprocessExec("true", "x" as never), TypeError, "args must be an array"],
    [() => createSubprocessExec("true", { cwd: "/" } as never), TypeError, "args must be an"],
    [() => createSubprocessExec("true", ["x", 1 as never]), TypeError, "args[1] must be a string"],
    [() => createSubprocessExec("true", ["\0"]), RangeError, "args[0] must have no zero"],
    [() => createSubprocessExec("true", [], null as never), TypeError, "options must be an object"],
    [() => createSubprocessShell(["ls"] as never), TypeError, "command must be a string"],
    [() => createSubprocessShell("ls", ["-l"] as never), TypeError, "options must be an object"],
  ];
  const options: [object, typeof TypeError | typeof RangeError, string][] = [
    [{ stdin: "piped" }, RangeError, 'stdin must be "inherit", "pipe" or "devnull", got "piped"'],
    [{ stdout: 1 }, TypeError, 'stdout must be "inherit", "pipe" or "devnull", got 1'],
    [{ stderr: null }, TypeError, "stderr must be"],
    [{ cwd: 1 }, TypeError, "cwd must be a string"],
    [{ cwd: "\0" }, RangeError, "cwd must have no zero"],
    [{ cwd: "" }, RangeError, "cwd must not be empty"],
    [{ env: "A=1" }, TypeError, "env must be an object of strings"],
    [{ env: { A: 1 } }, TypeError, "env.A must be a string, got 1"],
    [{ env: { "A=B": "1" } }, RangeError, 'env must have names without "=", got "A=B"'],
    [{ env: { "": "1" } }, RangeError, "env must have names"],
    [{ env: { A: "\0" } }, RangeError, "env.A must have no zero"],
    [{ clearEnv: 1 }, TypeError, "clearEnv must be true or false"],
    [{ limit: "1" }, TypeError, "limit must be"],
    [{ limit: 0 }, RangeError, "limit must be"],
    [{ killAfter: "soon" }, RangeError, "killAfter must be"],
    [{ killAfter: {} }, TypeError, "killAfter must be"],
  ];
  for (const [option, error, message] of options) {
    wrong.push([() => createSubprocessExec("true", [], option as never), error, message]);
  }
  for (const [call, error, message] of wrong) assertThrows(call, error, message);
});

ioTest(
  "nothing is started until it is awaited, nor by a task that was cancelled before",
  function* () {
    const path = Deno.makeTempFileSync();
    try {
      void createSubprocessExec("rm", [path]);
      const task = createTask(createSubprocessExec("rm", [path]));
      task.cancel();
      yield* gather([task], { returnExceptions: true });
      yield* sleep(50);
      assertEquals(Deno.statSync(path).isFile, true);
    } finally {
      Deno.removeSync(path);
    }
  },
);

ioTest("a child prints as one line", function* () {
  const child = yield* createSubprocessExec("cat", [], { stdin: "pipe", stdout: "pipe" });
  assertEquals(String(child), `Process ${child.pid} cat running`);
  assertEquals(String(child.stdin), "StreamWriter to cat's stdin open");
  assertStrictEquals(child.stdin!.peername, null);
  child.kill();
  yield* child.wait();
  assertEquals(String(child), `Process ${child.pid} cat killed by signal 9`);
  const failing = yield* createSubprocessShell("exit 3");
  yield* failing.wait();
  assertEquals(String(failing), `Process ${failing.pid} exit 3 ended with 3`);
});

Deno.test("a missing permission passes as the host's own error", async () => {
  const { out } = await program(
    `
      const { createSubprocessExec } = await import(${
      JSON.stringify(import.meta.resolve("../../../process.ts"))
    });
      await asyncio.run(createSubprocessExec("true")).catch((error) => console.log(error.name));
    `,
    ["--no-prompt", "--allow-import", "--allow-read"],
  );
  assertEquals(out, "NotCapable\n");
});

Deno.test("where there are no processes, importing is no error and calling is", async () => {
  const { out, err } = await program(`
    delete globalThis.Deno;
    delete globalThis.process;
    const process = await import(${JSON.stringify(import.meta.resolve("../../../process.ts"))});
    for (const name of ["createSubprocessExec", "createSubprocessShell"]) {
      try {
        process[name]("true");
      } catch (error) {
        console.log(error instanceof asyncio.InvalidStateError, error.message);
      }
    }
  `);
  const line = "true Cannot start a process: this host has none\n";
  assertEquals({ out, err }, { out: line + line, err: "" });
});
