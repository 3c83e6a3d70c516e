/**
 * Runs the scripts in `cpython/` again, and compares what they print with the stored `.out` files: the
 * expectations are CPython's, and stay so.
 *
 *     deno task conformance:python              this machine's Python, or else npm's
 *     deno task conformance:python python3.12   or another command, or `pyodide`
 *
 * @module
 */

import { findPython, OLDEST, type Python } from "../python/find.ts";

const FOLDER = new URL("./cpython/", import.meta.url);

async function run({ command: [command, ...args] }: Python, script: string): Promise<string> {
  const process = new Deno.Command(command, { args: [...args, script], cwd: FOLDER });
  const { stdout, stderr } = await process.output();
  const text = new TextDecoder();
  return (text.decode(stdout) + text.decode(stderr)).replaceAll("\r\n", "\n");
}

/** The minor version of Python 3 that a script needs: `x17_py312_…` says so in its name. */
function needed(script: string): number {
  return Number(/_py3(\d\d)_/.exec(script)?.[1] ?? OLDEST);
}

/** What a script needs that this Python hasn't; `null` when it has all. */
function lack({ name, version }: Python, script: string): string | null {
  if (needed(script) > version) return `3.${needed(script)}`;
  return name === "pyodide" && script.includes("_os_") ? "an operating system" : null;
}

async function compareAll(python: Python): Promise<boolean> {
  const { name, version } = python;
  const scripts = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
    name.endsWith(".py")
  ).sort();
  const skipped = scripts.filter((script) => lack(python, script) !== null);
  for (const script of skipped) console.log(`skipped  ${script}: needs ${lack(python, script)}`);

  let wrong = 0;
  for (const script of scripts.filter((script) => !skipped.includes(script))) {
    const stored = Deno.readTextFileSync(new URL(script.replace(/py$/, "out"), FOLDER));
    const printed = await run(python, script);
    if (printed === stored) continue;
    wrong++;
    console.error(`differs  ${script}\n--- stored\n${stored}--- printed\n${printed}`);
  }
  const same = scripts.length - skipped.length - wrong;
  console.log(
    `CPython 3.${version} (${name}): ` +
      `${same} traces confirmed, ${wrong} differ, ${skipped.length} skipped`,
  );
  return wrong === 0;
}

if (!await compareAll(await findPython(Deno.args[0]))) Deno.exit(1);
