/**
 * The pipeline of programs: `pipeline.ts` as users run it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { spawnExample } from "./spawn.ts";

const permissions = ["--allow-run"];
const start = (...args: string[]) => spawnExample("pipeline.ts", { args, permissions });

Deno.test("pipeline.ts without arguments counts its own words", async () => {
  const { code, stdout, stderr } = await start().output();
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^(?: +\d+ \w+\n){3}$/);
  assertMatch(stderr, /^0, \d{4} bytes: cat .*pipeline\.ts$/m);
  assertMatch(stderr, /^0, 0 bytes: head -n 3$/m);
});

Deno.test("pipeline.ts passes on large outputs whole, and stops who writes to nobody", async () => {
  const zeros = await start("head", "-c", "3000000", "/dev/zero", "|", "wc", "-c").output();
  assertEquals([zeros.code, zeros.stdout.trim()], [0, "3000000"]);
  assertMatch(zeros.stderr, /^0, 3000000 bytes: head/m);
  const endless = await start("yes", "|", "cat", "|", "head", "-n", "2").output();
  assertEquals([endless.code, endless.stdout], [0, "y\ny\n"]);
  assertMatch(endless.stderr, /^-13, \d+ bytes: yes$/m);
});

Deno.test("pipeline.ts ends all programs when one fails, and has its exit code", async () => {
  const { code, stderr } = await start("sleep", "600", "|", "sh", "-c", "exit 3").output();
  assertEquals(code, 3);
  assertMatch(stderr, /^pipeline: sh failed with 3$/m);
  assertMatch(stderr, /^-15, 0 bytes: sleep 600$/m);
});

Deno.test("pipeline.ts ends what it has started when a program is not to be found", async () => {
  const { code, stderr } = await start("sleep", "600", "|", "no-such-program", "|", "wc").output();
  assertEquals(code, 127);
  assertMatch(stderr, /^pipeline: Cannot start no-such-program: /m);
  assertMatch(stderr, /^-15, 0 bytes: sleep 600$/m);
  assertMatch(stderr, /^not started, 0 bytes: wc$/m);
});

Deno.test("pipeline.ts ends all programs when the time is up", async () => {
  const { code, stderr } = await start("--timeout", "100ms", "sleep", "600", "|", "cat").output();
  assertEquals(code, 124);
  assertMatch(stderr, /^pipeline: Timed out after 100ms$/m);
  assertMatch(stderr, /^-15, 0 bytes: sleep 600$/m);
});

for (const [name, number] of [["SIGINT", 2], ["SIGTERM", 15]] as const) {
  Deno.test(`pipeline.ts lets programs clean up at ${name}, and ends quietly`, async () => {
    const script = "trap 'echo cleaned up >&2; exit 7' TERM; echo ready >&2;" +
      "while :; do sleep 0.02; done";
    const example = start("sh", "-c", script, "|", "cat");
    await example.stderrMatches(/^ready$/m);
    example.kill(name);
    const { code, signal, stderr } = await example.output();
    assertEquals({ code, signal }, { code: 128 + number, signal: null }, stderr);
    assertMatch(stderr, /^cleaned up$/m);
    assertMatch(stderr, /^7, 0 bytes: sh/m);
    assertEquals(stderr.includes("rror"), false, stderr);
  });
}

Deno.test("pipeline.ts ends at once at a second signal", async () => {
  // It asks for more time, and ends when nobody is left to ask.
  const script = "trap 'echo asked >&2' TERM; echo ready >&2;" +
    "while kill -0 $PPID 2>/dev/null; do sleep 0.02; done";
  const example = start("sh", "-c", script);
  await example.stderrMatches(/^ready$/m);
  example.kill("SIGTERM");
  await example.stderrMatches(/^asked$/m);
  example.kill("SIGTERM");
  const { code } = await example.output();
  assertEquals(code, 143);
});

for (
  const [args, complaint] of [
    [["--timeout", "soon", "cat"], /^pipeline: timeout must be a number with a unit/m],
    [["cat", "|"], /^pipeline: A program is missing$/m],
    [["--timeout", "5s"], /^pipeline: A program is missing$/m],
  ] as const
) {
  Deno.test(`pipeline.ts refuses ${args.join(" ")}`, async () => {
    const { code, stderr } = await start(...args).output();
    assertEquals(code, 2, stderr);
    assertMatch(stderr, complaint);
  });
}
