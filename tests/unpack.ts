/**
 * Programs that tests need and npm has, for machines that haven't: unpacked once below the user's folder
 * for caches, and used from there by every run.
 *
 * @module
 */

import { join } from "node:path";

/** Whether there is a file of that path. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * The folder with the unpacked package, which is there after the first time.
 *
 * @param name The folder's name, with the version.
 * @param title What to say while it is being unpacked.
 * @param unpackTo Unpacks it to an empty folder.
 * @returns The folder's path.
 */
export async function unpackOnce(
  name: string,
  title: string,
  unpackTo: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (isThere(folder)) return folder;
  await Deno.mkdir(join(folder, ".."), { recursive: true });
  // Files of tests run in parallel, and one download is enough. The lock goes with its holder.
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  await lock.lock(true);
  if (!isThere(folder)) await unpackWithProgress(folder, title, unpackTo);
  return folder;
}

/**
 * Runs a program of Deno's without the import map and the lock file, so that what it downloads is noted
 * nowhere and downloaded for nobody else.
 *
 * @returns What it printed.
 * @throws {Error} What it said when it failed.
 */
export async function evaluate(
  code: string,
  { cwd, env }: { cwd: string; env?: Record<string, string> },
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", "--no-lock", code],
    cwd,
    env,
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return text.decode(stdout);
}

function cacheFolder(): string {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? (home ? join(home, ".cache") : undefined);
  return join(cache ?? Deno.makeTempDirSync(), "wasyncio");
}

function isThere(folder: string): boolean {
  try {
    return Deno.statSync(folder).isDirectory;
  } catch {
    return false;
  }
}

/** What is in the folder is whole, even if the process is killed meanwhile. */
async function unpackWithProgress(
  folder: string,
  title: string,
  unpackTo: (folder: string) => Promise<void>,
): Promise<void> {
  console.log(`${title}, to ${folder}`);
  const start = performance.now();
  const waiting = setInterval(() => {
    console.log(`… still at it after ${((performance.now() - start) / 1000).toFixed()} s`);
  }, 10_000);
  const unfinished = `${folder}.unfinished`;
  try {
    await removeIfThere(unfinished);
    await Deno.mkdir(unfinished);
    await unpackTo(unfinished);
    await Deno.rename(unfinished, folder);
  } finally {
    clearInterval(waiting);
    await removeIfThere(unfinished);
  }
}

async function removeIfThere(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
