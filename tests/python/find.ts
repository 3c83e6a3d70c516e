/**
 * The Python to compare with: the machine's own, or else the one in the npm package pyodide, which has
 * CPython as WebAssembly. Where there is neither, tests that need it are reported as ignored.
 *
 * `WASYNCIO_PYTHON` is the command of another one; `pyodide` takes the package in any case, and `none`
 * does without.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** asyncio.timeout(), TaskGroup and Barrier came with Python 3.11. */
export const OLDEST = 11;

/** What comes after Python 3.13 has yet to be compared. */
const NEWEST = 13;

/** The newest comes first: it has the most to compare. */
const NAMES = ["python3.13", "python3.12", "python3.11", "python3", "pyodide"];

// Without the import map and the lock file, Deno downloads pyodide alone, and notes it nowhere.
const PYODIDE = [
  Deno.execPath(),
  "run",
  "--quiet",
  "--no-config",
  "--no-lock",
  "--allow-read",
  "--allow-env",
  fileURLToPath(new URL("pyodide.ts", import.meta.url)),
];

/** A registry that takes longer won't answer. In minutes. */
const PATIENCE = 2;

/** A Python that is there. */
export interface Python {
  /** `pyodide`, or the command's name. */
  readonly name: string;
  /** What starts it; a script goes behind. */
  readonly command: readonly string[];
  /** 13 stands for Python 3.13. */
  readonly version: number;
}

/**
 * Finds the newest fitting Python of this machine, or else pyodide's, which is downloaded the first
 * time.
 *
 * @param wish The one to take, as a command or as `pyodide`. It may be newer than what fits otherwise.
 * @throws {Error} If there is none; the message is one line, and says how to get one.
 */
export async function findPython(wish?: string): Promise<Python> {
  let trouble = "";
  for (const name of wish === undefined ? NAMES : [wish]) {
    const command = name === "pyodide" ? PYODIDE : [name, "-B"];
    const { printed, complaint } = await askVersion(command);
    const version = Number(/^Python 3\.(\d+)/.exec(printed)?.[1]);
    if (version >= OLDEST && (version <= NEWEST || name === wish)) {
      return { name, command, version };
    }
    trouble = `${name} says: ${printed.trim() || complaint.trim().split("\n")[0]}`;
  }
  throw new Error(
    `Install Python 3.${OLDEST} to 3.${NEWEST}, or connect to npm's registry. ${trouble}`,
  );
}

/** The Python that tests take. If there is none, and none was asked for, says so in a line. */
export async function findPythonForTests(): Promise<Python | null> {
  const wish = Deno.env.get("WASYNCIO_PYTHON") || undefined;
  try {
    if (wish !== "none") return await findPython(wish);
    console.log("Ignored, as WASYNCIO_PYTHON says: what is compared with CPython");
  } catch (error) {
    if (wish !== undefined) throw error;
    console.log(`Ignored: what is compared with CPython. ${(error as Error).message}`);
  }
  return null;
}

async function askVersion([command, ...args]: readonly string[]) {
  try {
    const { stdout, stderr } = await new Deno.Command(command, {
      args: [...args, "--version"],
      env: { NO_COLOR: "1" }, // The first line of what it says may become part of a message.
      signal: AbortSignal.timeout(PATIENCE * 60_000),
    }).output();
    const text = new TextDecoder();
    return { printed: text.decode(stdout), complaint: text.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { printed: "", complaint: error.message };
  }
}
