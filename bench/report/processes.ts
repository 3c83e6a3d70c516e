/**
 * Running measurements, each in a process of its own.
 *
 * @module
 */
/** Where the repository is. */
export const repository = new URL("../../", import.meta.url);

/** A measurement that takes longer than this many milliseconds has gone wrong. */
const LIMIT = 120_000;

const decoder = new TextDecoder();

/**
 * Runs a program and returns what it prints.
 *
 * @param folder Where it runs; by default in this repository.
 */
export async function output(
  command: string,
  args: readonly string[],
  folder: string | URL = repository,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: folder,
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT),
  }).output();
  if (success) return decoder.decode(stdout);
  const lines = decoder.decode(stderr).trim().split("\n");
  throw new Error(lines.find((line) => /error/i.test(line)) ?? lines.at(-1));
}

/** Runs a program of this folder under Deno and returns what it prints as JSON. */
export async function deno<T>(program: string, ...args: string[]): Promise<T> {
  const flags = ["run", "--quiet", "--allow-all"];
  if (program === "probes/park.ts") flags.push("--v8-flags=--expose-gc");
  return JSON.parse(await output(Deno.execPath(), [...flags, `bench/${program}`, ...args]));
}

/** Runs a case of CPython's. */
export async function python<T>(executable: string, ...args: string[]): Promise<T> {
  return JSON.parse(await output(executable, ["bench/contenders/asyncio_cases.py", ...args]));
}
