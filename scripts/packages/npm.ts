/**
 * Builds the package for npm, from which browsers and CDNs are served, too.
 *
 *     deno task npm
 *
 * It writes the package's folder to `dist/npm/`, and beside it the tarball that `npm publish` takes. What
 * runs is what `deno task dist` writes, and the manifest is computed from `deno.json`.
 *
 * @module
 */

import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { IIFE } from "../bundle.ts";
import { DOORS, writeDist } from "./dist.ts";

/** The name on npm, which needs no scope. */
export const NAME = basename(config.name);

/** The oldest Node in which all of what `mod.ts` has works. */
const OLDEST_NODE = "18";

/** What a package says of itself and of its rights. */
const TEXTS = ["README.md", "CHANGELOG.md", "LICENSE"];

/** What is in `dist/` and not for those who install a package: everything in one file. */
const LEFT_OUT = /^wasyncio\.js/;

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Writes the package.
 *
 * @param directory A folder; the package's own is made in it.
 * @returns The path of the tarball.
 */
export async function writePackage(directory: string): Promise<string> {
  const folder = join(directory, "npm");
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  await writeDist(directory);
  for await (const { name, isFile } of Deno.readDir(directory)) {
    const isReleased = isFile && /\.(js|d\.ts|map)$/.test(name) && !LEFT_OUT.test(name);
    if (isReleased) await Deno.copyFile(join(directory, name), join(folder, name));
  }
  for (const name of TEXTS) await Deno.copyFile(join(root, name), join(folder, name));
  const text = `${JSON.stringify(await manifest(), null, 2)}\n`;
  await Deno.writeTextFile(join(folder, "package.json"), text);
  return pack(folder, directory);
}

/** What stands in `package.json`. */
async function manifest(): Promise<Record<string, unknown>> {
  const entries = DOORS.map((door) => [door === "mod" ? "." : `./${door}`, entry(door)]);
  const acting: string[] = [];
  for (const door of DOORS) if (await actsAtImport(door)) acting.push(`./${door}.js`);
  return {
    name: NAME,
    version: config.version,
    description: await describe(),
    license: config.license,
    keywords: ["asyncio", "coroutine", "structured concurrency", "cancellation", "scheduler"],
    type: "module",
    engines: { node: `>=${OLDEST_NODE}` },
    // The chunk fills a hook of its own when it is imported, and is imported with whatever is used of it.
    sideEffects: acting.length > 0 ? acting : false,
    main: "./mod.js",
    types: "./mod.d.ts",
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    unpkg: `./${IIFE}`,
    jsdelivr: `./${IIFE}`,
  };
}

/** Types come first: a compiler takes the first condition that it knows. */
function entry(door: string): Record<string, string> {
  return { types: `./${door}.d.ts`, default: `./${door}.js` };
}

/** The first sentence of what `mod.ts` says of itself. */
async function describe(): Promise<string> {
  const text = await Deno.readTextFile(join(root, "mod.ts"));
  return /^\/\*\*\n \* ([^]*?)\.\n/.exec(text)![1].replaceAll(/\s*\n \* /g, " ");
}

/** Whether an entry point has work to do when it is imported, besides filling the kernel's hook. */
async function actsAtImport(door: string): Promise<boolean> {
  const text = await Deno.readTextFile(join(root, `${door}.ts`));
  return /^import "(?!.*\/default_loop\.ts")/m.test(text);
}

async function pack(folder: string, destination: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--json", "--pack-destination", destination],
    cwd: folder,
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`npm pack exited with ${code}\n${decoder.decode(stderr)}`);
  const [{ filename }] = JSON.parse(decoder.decode(stdout));
  return join(destination, filename);
}

if (import.meta.main) {
  const directory = Deno.args[0] ?? join(root, "dist");
  const tarball = await writePackage(directory);
  console.log(`Wrote ${join(directory, "npm")} and ${tarball}`);
}
