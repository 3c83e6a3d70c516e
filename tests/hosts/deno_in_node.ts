/**
 * What the tests of connections and processes use of `Deno`, made of Node's modules. The bundler puts it
 * in the place of the tests' `Deno`; the library goes by `globalThis`, where there is none.
 *
 * It collects the tests, runs them one by one when everything is loaded, and prints an {@linkcode Outcome}
 * of each as a line of JSON; the last line is a {@linkcode Rest}.
 *
 * @module
 */

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** What has become of a test. */
export interface Outcome {
  name: string;
  /** What it has thrown, and `null` for nothing. */
  failure: string | null;
  /** What of Deno's is missed, where that is why it could not run. */
  missing: string | null;
}

/** What is there when the process ends by itself. */
export interface Rest {
  /** Resources of Node's that nobody has given back. */
  left: string[];
}

interface Test {
  name: string;
  fn: () => unknown;
  ignore?: boolean;
}

/** A test that takes longer hangs. In milliseconds. */
const PATIENCE = 30_000;

/** A test has asked for what is not there. */
class Missing extends Error {
  readonly what: string;

  constructor(what: string) {
    super(`Deno.${what} is not there in Node`);
    this.what = what;
  }
}

const tests: Test[] = [];

const temporary = (prefix = "wasyncio_") => path.join(os.tmpdir(), prefix);

const substitute: Record<string, unknown> = {
  test: (test: Test | string, fn?: () => unknown) =>
    void tests.push(typeof test === "string" ? { name: test, fn: fn! } : test),
  build: { os: process.platform === "win32" ? "windows" : process.platform },
  // By this, packages find out where they are.
  version: undefined,
  env: { get: (name: string) => process.env[name] },
  pid: process.pid,
  cwd: () => process.cwd(),
  kill: (pid: number, signal = "SIGTERM") => void process.kill(pid, signal),
  readDirSync: (folder: string) =>
    fs.readdirSync(folder, { withFileTypes: true }).map((entry) => ({ name: entry.name })),
  readTextFileSync: (file: string) => fs.readFileSync(file, "utf8"),
  writeTextFileSync: (file: string, text: string) => fs.writeFileSync(file, text),
  writeTextFile: (file: string, text: string) => fs.promises.writeFile(file, text),
  chmodSync: fs.chmodSync,
  realPathSync: fs.realpathSync,
  statSync: (file: string) => ({ isFile: fs.statSync(file).isFile() }),
  removeSync: (file: string) => fs.rmSync(file, { recursive: true }),
  remove: (file: string) => fs.promises.rm(file, { recursive: true }),
  makeTempDirSync: () => fs.mkdtempSync(temporary()),
  makeTempDir: () => fs.promises.mkdtemp(temporary()),
  makeTempFileSync: () => {
    const file = path.join(fs.mkdtempSync(temporary()), "file");
    fs.writeFileSync(file, "");
    return file;
  },
};

// Node 20 has none, and tests like it.
Promise.withResolvers ??= <T>() => {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((...functions) => [resolve, reject] = functions);
  return { promise, resolve, reject };
};

/** Throws where a test asks for what is not there. */
export const Deno: unknown = new Proxy(substitute, {
  get(target, name) {
    if (name in target) return target[name as string];
    throw new Missing(String(name));
  },
});

async function outcomeOf({ name, fn }: Test): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout>;
  const hangs = new Promise((_, reject) => {
    timer = setTimeout(reject, PATIENCE, new Error(`Was not over after ${PATIENCE} ms`));
  });
  try {
    await Promise.race([(async () => await fn())(), hangs]);
    return { name, failure: null, missing: null };
  } catch (error) {
    if (error instanceof Missing) return { name, failure: null, missing: error.what };
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    return { name, failure: text, missing: null };
  } finally {
    clearTimeout(timer!);
  }
}

// Not before the modules are loaded that wait for something at their top.
process.once("beforeExit", async () => {
  for (const test of tests) {
    if (!test.ignore) print(await outcomeOf(test));
  }
});

process.on("exit", () => {
  // Also those that keep no process alive, as sockets from which nobody reads.
  const left = process.getActiveResourcesInfo().filter((name) =>
    /TCP|TLS|Process|Signal/.test(name)
  );
  print({ left } satisfies Rest);
});

function print(line: Outcome | Rest): void {
  fs.writeSync(1, `${JSON.stringify(line)}\n`);
}
