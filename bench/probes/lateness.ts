/**
 * Measures how late sleeps end and what they cost, and in pages how many frames there are beside a
 * busy loop. Here, in Node, or in a page of a browser:
 *
 *     deno run -A bench/probes/lateness.ts
 *     deno run -A bench/probes/lateness.ts node
 *     deno run -A bench/probes/lateness.ts npx -y node@24
 *     deno run -A bench/probes/lateness.ts chromium
 *     deno run -A bench/probes/lateness.ts firefox-esr
 *
 * A page sends its results to the server that it came from, so that no browser needs a driver.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { measure } from "./lateness_program.ts";

const CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"];
const FIREFOX = ["--headless", "--no-remote"];

function print(name: string, result: unknown): void {
  console.log(name.padEnd(16) + JSON.stringify(result));
}

/** Bundles the program with what it is to do, as it stands. */
async function bundle(call: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `import { measure } from "./lateness_program.ts"; ${call}`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  await esbuild.stop();
  return outputFiles[0].text;
}

async function inNode(command: string, ...args: string[]): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".mjs" });
  const print = "(name, result) => console.log(name.padEnd(16) + JSON.stringify(result))";
  await Deno.writeTextFile(file, await bundle(`await measure(${print});`));
  await new Deno.Command(command, { args: [...args, file] }).spawn().status;
  await Deno.remove(file);
}

async function inPage(browser: string): Promise<void> {
  const send = (path: string, body: string) =>
    `fetch("/${path}", { method: "POST", body: JSON.stringify(${body}) })`;
  const script = await bundle(
    `await measure((...result) => ${send("result", "result")}); await ${send("end", "null")};`,
  );
  const done = Promise.withResolvers<void>();
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/result") print(...await request.json() as [string, unknown]);
    if (pathname === "/end") done.resolve();
    if (pathname !== "/") return new Response();
    const page = `<!DOCTYPE html><title>lateness</title><script type="module">${script}</script>`;
    return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
  });
  const profile = await Deno.makeTempDir();
  const firefox = browser.includes("firefox");
  const args = firefox
    ? [...FIREFOX, "--profile", profile]
    : [...CHROMIUM, `--user-data-dir=${profile}`];
  const child = new Deno.Command(browser, {
    args: [...args, `http://127.0.0.1:${server.addr.port}/`],
    env: { HOME: profile },
    stdout: "null",
    stderr: "null",
  }).spawn();
  await Promise.race([done.promise, child.status]);
  child.kill();
  await child.status;
  await server.shutdown();
  // The browser's other processes may still be writing there.
  await Deno.remove(profile, { recursive: true }).catch(() => {});
}

const [command, ...args] = Deno.args;
if (command === undefined) await measure(print);
else if (/^(chrom|firefox)/.test(command)) await inPage(command);
else await inNode(command, ...args);
Deno.exit();
