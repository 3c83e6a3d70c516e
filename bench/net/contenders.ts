/**
 * Who takes part, and how each is started. What this machine hasn't got is left out, with a line that
 * says how to get it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ask, type Command } from "./processes.ts";

/** A contender of this machine. */
export interface Contender {
  /** What it is, with its version. */
  readonly label: string;
  /** Its HTTP server; what a handler does is one of the modes of ours. */
  readonly http?: (mode: string) => Command;
  /** Its server of lines over TCP. */
  readonly echo?: Command;
  /** Calls in another thread, one after the other. */
  readonly thread?: (calls: number) => Command;
  /** Jobs of a pool of threads. */
  readonly pool?: (jobs: number, inFlight: number) => Command;
}

/** Contenders by their names, in the order of tables. */
export type Contenders = Map<string, Contender>;

/** With it, Deno aborts a request's signal only when the client has gone. */
const FLAG = "--unstable-no-legacy-abort";

/** What stands behind the names of those that run with the flag. */
export const FLAGGED = " with the flag";

const GO = ["go", "/usr/local/go/bin/go"];

/** Where Pythons are looked for, besides those that were named: the system's own has its packages. */
const PYTHONS = ["python3.13", "python3.12", "python3.11", "python3", "/usr/bin/python3"];

/** What Debian calls those that are packages of Python's. */
const PACKAGES: Record<string, string> = { uvicorn: "uvicorn", aiohttp: "python3-aiohttp" };

const path = (program: string) => fileURLToPath(new URL(`contenders/${program}`, import.meta.url));

/**
 * Looks for all of them.
 *
 * @param pythons Interpreters of Python to look at besides.
 * @param folder Where programs may be built.
 * @param missing Is told of what isn't there, a line each.
 */
export async function findContenders(
  pythons: readonly string[],
  folder: string,
  missing: (line: string) => void,
): Promise<Contenders> {
  return new Map([
    ...denos(),
    ...await node(missing),
    ...await pythonServers(pythons, missing),
    ...await go(folder, missing),
    ...await asyncios(pythons, missing),
  ]);
}

function denos(): [string, Contender][] {
  const run = (program: string, args: readonly (string | number)[], flags: string[] = []) => {
    const all = ["run", "--quiet", "--no-check", "--allow-all", ...flags, path(program)];
    return [Deno.execPath(), ...all, ...args.map(String)] as const;
  };
  const version = `Deno ${Deno.version.deno}`;
  return [
    ["wasyncio", {
      label: `wasyncio, ${version}`,
      http: (mode) => run("wasyncio_http.ts", [mode]),
      echo: run("wasyncio_echo.ts", []),
      thread: (calls) => run("wasyncio_threads.ts", [calls]),
      pool: (jobs, inFlight) => run("wasyncio_threads.ts", [jobs, inFlight]),
    }],
    [`wasyncio${FLAGGED}`, {
      label: `the same with \`${FLAG}\``,
      http: (mode) => run("wasyncio_http.ts", [mode], [FLAG]),
    }],
    ["Deno", {
      label: `bare \`Deno.serve\`, loops and workers, ${version}`,
      http: (mode) => run("deno_http.ts", [mode]),
      echo: run("deno_echo.ts", []),
      pool: (jobs, inFlight) => run("deno_threads.ts", [jobs, inFlight]),
    }],
  ];
}

/** Node 20, from the machine or from npm. */
async function node(missing: (line: string) => void): Promise<[string, Contender][]> {
  const question = ["-p", "process.version + ' ' + process.execPath"];
  const commands: Command[] = [["node", ...question], ["npx", "--yes", "node@20", ...question]];
  for (const command of commands) {
    const [, version, executable] = /^v(20\.\S+) (.+)$/m.exec(await ask(command) ?? "") ?? [];
    if (version === undefined) continue;
    return [["node:http", {
      label: `node:http, Node ${version}`,
      http: () => [executable, path("node_http.mjs")],
    }]];
  }
  missing(
    "Without node:http: Node 20 is on nodejs.org, and npx would get it where npm's registry is",
  );
  return [];
}

async function pythonServers(
  pythons: readonly string[],
  missing: (line: string) => void,
): Promise<[string, Contender][]> {
  const found: [string, Contender][] = [];
  for (const name of Object.keys(PACKAGES)) {
    const program = path(`${name}_http.py`);
    const one = await first([...pythons, ...PYTHONS], [program, "facts"]);
    if (one === null) {
      missing(`Without ${name}: apt install ${PACKAGES[name]} python3-uvloop gets it`);
    } else {
      if (one.facts.includes("h11")) {
        missing(
          "uvicorn parses by h11: apt install python3-httptools gets what is several times as fast",
        );
      }
      found.push([name, { label: `${name} ${one.facts}`, http: () => [one.python, program] }]);
    }
  }
  return found;
}

async function first(pythons: string[], args: string[]) {
  for (const python of pythons) {
    const facts = await ask([python, ...args]);
    if (facts !== null) return { python, facts };
  }
  return null;
}

async function go(
  folder: string,
  missing: (line: string) => void,
): Promise<[string, Contender][]> {
  const server = `${folder}/go_server`;
  for (const command of GO) {
    const version = await ask([command, "env", "GOVERSION"]);
    if (version === null) continue;
    if (await ask([command, "build", "-o", server, path("server.go")]) === null) continue;
    return [["Go", {
      label: `Go ${version.replace("go", "")}`,
      http: () => [server, "http"],
      echo: [server, "echo"],
    }]];
  }
  missing("Without Go: apt install golang-go gets it");
  return [];
}

/** Each minor version of Python once, and uvloop on the first that has it. */
async function asyncios(
  pythons: readonly string[],
  missing: (line: string) => void,
): Promise<[string, Contender][]> {
  const found = new Map<string, Contender>();
  const echo = path("asyncio_echo.py");
  const threads = path("to_thread.py");
  for (const python of [...pythons, ...PYTHONS]) {
    const version = await ask([python, echo, "facts"]);
    const name = `asyncio ${/^3\.\d+/.exec(version ?? "")?.[0]}`;
    if (version === null || found.has(name)) continue;
    found.set(name, {
      label: `asyncio of Python ${version}`,
      echo: [python, echo],
      thread: (calls) => [python, threads, `${calls}`],
    });
  }
  if (found.size === 0) missing("Without asyncio: apt install python3 gets it");
  const args = [echo, "facts", "--uvloop"];
  const one = await first([...pythons, ...PYTHONS], args);
  if (one === null) missing("Without uvloop: apt install python3-uvloop gets it");
  else found.set("uvloop", { label: `uvloop ${one.facts}`, echo: [one.python, echo, "--uvloop"] });
  return [...found];
}
