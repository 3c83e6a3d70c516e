/**
 * Which PostgreSQL the tests take, and that it comes and goes.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { findFolder, type Machine } from "./find.ts";
import { postgresTest } from "./server.ts";

/** A machine with the programs in these folders. */
function on(machine: Partial<Machine>, ...folders: string[]): string | null {
  const files = folders.flatMap((folder) => [`${folder}/initdb`, `${folder}/postgres`]);
  return findFolder({
    os: "linux",
    arch: "x86_64",
    wish: undefined,
    path: "/usr/local/bin:/usr/bin",
    isFile: (path) => files.includes(path),
    list: (folder) =>
      folders.filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split("/")[0]),
    ...machine,
  });
}

Deno.test("the PostgreSQL on the path is taken", () => {
  assertEquals(on({}, "/usr/bin", "/usr/lib/postgresql/17/bin"), "/usr/bin");
});

Deno.test("a PostgreSQL that the path doesn't know is found, the newest first", () => {
  const debian = ["9.6", "17", "15"].map((version) => `/usr/lib/postgresql/${version}/bin`);
  assertEquals(on({}, ...debian), "/usr/lib/postgresql/17/bin");
  assertEquals(on({}, "/usr/pgsql-16/bin"), "/usr/pgsql-16/bin");
  const homebrew = "/opt/homebrew/opt/postgresql@17/bin";
  assertEquals(on({ os: "darwin", arch: "aarch64" }, homebrew), homebrew);
});

Deno.test("a client alone is no PostgreSQL", () => {
  assertEquals(on({ isFile: (path) => path === "/usr/bin/psql" }), "npm");
});

Deno.test("without PostgreSQL, Linux on x86-64 takes the package, and other systems have none", () => {
  assertEquals(on({}), "npm");
  assertEquals(on({ arch: "aarch64" }), null);
  assertEquals(on({ os: "darwin" }), null);
});

Deno.test("a wish for a PostgreSQL comes first", () => {
  const folders = ["/usr/bin", "/opt/mine"];
  assertEquals(on({ wish: "/opt/mine" }, ...folders), "/opt/mine");
  assertEquals(on({ wish: "npm" }, ...folders), "npm");
  assertEquals(on({ wish: "none" }, ...folders), null);
});

Deno.test("a PostgreSQL that was wished for and isn't there is an error", () => {
  assertThrows(() => on({ wish: "/opt/mine" }), Error, "WASYNCIO_POSTGRES must be");
});

let last = { url: "", folder: "" };

postgresTest("PostgreSQL listens on the loopback interface", async ({ url, folder }) => {
  last = { url, folder };
  assert(Deno.statSync(folder).isDirectory);
  (await connect(url)).close();
});

postgresTest("when a test has ended, its PostgreSQL is gone", async ({ url }) => {
  assert(url !== last.url);
  const refused = await connect(last.url).catch((error) => error);
  assert(refused instanceof Deno.errors.ConnectionRefused);
  assert(!exists(last.folder));
});

postgresTest("a test that is killed leaves no PostgreSQL behind", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      `
        import { startPostgres } from ${JSON.stringify(import.meta.resolve("./server.ts"))};
        const { url, folder } = await startPostgres();
        console.log(JSON.stringify({ url, folder }));
        setInterval(() => {}, 1000);
      `,
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  const { url, folder } = JSON.parse(value!);
  (await connect(url)).close();
  child.kill("SIGKILL");
  await reader.cancel();
  await child.status;
  while (exists(folder)) await new Promise((resolve) => setTimeout(resolve, 10));
  assert(await connect(url).catch((error) => error) instanceof Deno.errors.ConnectionRefused);
});

async function connect(url: string): Promise<Deno.Conn> {
  const { hostname, port } = new URL(url);
  return await Deno.connect({ hostname, port: Number(port) });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
