/**
 * The Nodes that tests run programs in: an old line and a new one. Where the machine's own is neither,
 * npm brings it, once; where there is no npm, or no network, tests of that line are reported as ignored.
 *
 * `WASYNCIO_NODE=none` does without npm.
 *
 * @module
 */

/** The oldest line that has all of the library, and one in which much is new. */
const LINES = [20, 24];

/** The oldest Node of the first line that gives its modules to whoever doesn't import them. */
const OLDEST = [20, 16];

/** npm may have to download it. In milliseconds. */
const PATIENCE = 240_000;

/** A line of Node's. */
export interface NodeLine {
  major: number;
  /** The path of its program; `null` where it can't be had. */
  program: string | null;
}

/** Finds one of each line. */
export async function findNodes(): Promise<NodeLine[]> {
  const own = await installed();
  const lines: NodeLine[] = [];
  for (const major of LINES) {
    const isOwn = own?.major === major;
    lines.push({ major, program: isOwn ? own.program : await fromNpm(major) });
  }
  for (const { major, program } of lines) {
    if (program === null) {
      console.log(`Node ${major} can't be had: with npm and the network, its tests would run`);
    }
  }
  return lines;
}

/** The machine's own; `null` if there is none, or it is too old. */
async function installed(): Promise<NodeLine | null> {
  const line = await lineOf("node", ["-p", WHO]);
  if (line === null) return null;
  const [version, program] = line;
  const [major, minor] = version.slice(1).split(".").map(Number);
  const isOld = major < OLDEST[0] || major === OLDEST[0] && minor < OLDEST[1];
  return isOld ? null : { major, program };
}

async function fromNpm(major: number): Promise<string | null> {
  if (Deno.env.get("WASYNCIO_NODE") === "none") return null;
  const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";
  const line = await lineOf(npx, ["-y", "-p", `node@${major}`, "node", "-p", WHO]);
  return line?.[1] ?? null;
}

/** Has Node say its version and its own path. */
const WHO = "[process.version, process.execPath].join(' ')";

/** The two words of what a command prints; `null` where it can't be run, or fails. */
async function lineOf(command: string, args: string[]): Promise<[string, string] | null> {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args,
      stdin: "null",
      signal: AbortSignal.timeout(PATIENCE),
    }).output();
    const words = new TextDecoder().decode(stdout).trim();
    const space = words.indexOf(" ");
    return success ? [words.slice(0, space), words.slice(space + 1)] : null;
  } catch {
    return null;
  }
}
