// Subprocesses: input, output, return codes.

import { OSError } from "../../net.ts";
import { createSubprocessExec as exec, createSubprocessShell as shell } from "../../process.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const pipes = { stdin: "pipe", stdout: "pipe" } as const;
  let p = yield* exec("cat", [], pipes);
  say(p.returncode, p.stderr);
  say(yield* p.communicate("through a cat"), p.returncode);

  p = yield* shell("echo out; echo err >&2; exit 3", { stdout: "pipe", stderr: "pipe" });
  say(yield* p.communicate(), yield* p.wait(), yield* p.wait());

  p = yield* shell("exit 7");
  say(p.stdin, p.stdout, yield* p.wait(), p.returncode);

  p = yield* exec("sleep", ["100"], { stdout: "devnull" });
  p.terminate();
  say(yield* p.wait());
  p = yield* exec("sleep", ["100"]);
  p.kill();
  say(yield* p.wait(), p.returncode);

  p = yield* exec("cat", [], pipes);
  for (const line of ["one\n", "two\n"]) {
    p.stdin!.write(line);
    yield* p.stdin!.drain();
    say(yield* p.stdout!.readline());
  }
  p.stdin!.close();
  say(yield* p.stdout!.read(), yield* p.wait());

  p = yield* exec("true", [], pipes);
  const [out, err] = yield* p.communicate("x".repeat(1 << 20));
  say(out, err, p.returncode);

  p = yield* exec("cat", [], pipes);
  const [all] = yield* p.communicate("y".repeat(4 << 20));
  say(all!.length);

  try {
    yield* exec("/no/such/program");
  } catch (error) {
    say(except(error, OSError).code);
  }
}
