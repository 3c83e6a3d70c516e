/**
 * A server below a load that comes from outside: wrk's, where it is installed.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";

const SERVER = new URL("wrk_server.ts", import.meta.url);
const CONNECTIONS = 300;

const isInstalled = findWrk();
if (!isInstalled) {
  console.warn("There is no wrk, and its test is ignored: install Debian's package of that name");
}

function findWrk(): boolean {
  try {
    new Deno.Command("wrk", { args: ["-v"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Loads a server for some seconds; the result is what wrk reports. */
async function load(port: string, seconds: number): Promise<string> {
  const { stdout } = await new Deno.Command("wrk", {
    args: [
      "-t1",
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      "--timeout=20s",
      `http://127.0.0.1:${port}/`,
    ],
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name:
    "a server answers whatever wrk asks, and one that is ended amid that answers what it has begun",
  ignore: !isInstalled,
  async fn() {
    const server = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-net=127.0.0.1", "--unstable-no-legacy-abort", SERVER.href],
      stdout: "piped",
    }).spawn();
    const lines = server.stdout.pipeThrough(new TextDecoderStream()).values();
    try {
      const { value: port } = await lines.next();
      assert(port !== undefined);
      const quiet = await load(port.trim(), 1);
      assertMatch(quiet, /^\s*[1-9]\d* requests in /m);
      assertNotMatch(quiet, /Non-2xx|Socket errors/);

      const loaded = load(port.trim(), 2);
      await new Promise((resolve) => setTimeout(resolve, 500));
      server.kill("SIGTERM");
      const { value: end } = await lines.next();
      const { answered, cutOff, left } = JSON.parse(end!);
      assertEquals({ cutOff, left }, { cutOff: 0, left: 0 });
      assert(answered > CONNECTIONS);
      await loaded;
    } finally {
      await lines.return?.();
    }
    await server.status;
  },
});
