/**
 * Installs the npm package from its tarball, as its users will, and tries it wherever it has to work: in
 * every Node and in Bun, with compilers old and new, through the bundlers that people have.
 *
 *     deno task packages                  all of it, some two minutes
 *     deno task packages node bundlers    some of it
 *
 * It needs npm, and the network: everything that it tries comes from there.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import config from "../../deno.json" with { type: "json" };
import { expected, type Report } from "../../tests/packaging/program.ts";
import { reporter } from "../../tests/packaging/subprocess.ts";
import { DOORS } from "./dist.ts";
import { NAME, writePackage } from "./npm.ts";

/** The first Node of the oldest line, which lacks much that its last one has, and all lines since. */
const NODES = ["18.0.0", "18", "20", "22", "24", "26"];
/** Those of them in which `require` takes ES modules. */
const NODES_THAT_REQUIRE = ["20", "22", "24", "26"];
const BUN = "bun@1.4.5";

/** The first compiler that knows `Disposable`, and today's. Node's types follow the compiler. */
const COMPILERS = [
  { compiler: "typescript@5.2.2", nodeTypes: "@types/node@20.11.0" },
  { compiler: "typescript@7.0.2", nodeTypes: "@types/node@26.6.6" },
];

/** Each bundler: what it needs, and the arguments with which it makes `out.mjs` of a module. */
const BUNDLERS: Record<string, { packages: string[]; command: (entry: string) => string[] }> = {
  esbuild: {
    packages: ["esbuild@0.28.2"],
    command: (entry) => [
      "esbuild",
      entry,
      "--bundle",
      "--minify",
      "--format=esm",
      "--outfile=out.mjs",
    ],
  },
  rollup: {
    packages: [
      "rollup@4.67.4",
      "@rollup/plugin-node-resolve@16.0.1",
      "@rollup/plugin-terser@0.4.4",
    ],
    command: (entry) => ["rollup", entry, "-p", "node-resolve", "-p", "terser", "-o", "out.mjs"],
  },
  webpack: {
    packages: ["webpack@5.112.2", "webpack-cli@6.0.1"],
    command: (entry) => [
      "webpack",
      `./${entry}`,
      "--mode=production",
      "--target=node",
      "--output-path=.",
      "--output-filename=out.mjs",
    ],
  },
  vite: {
    packages: ["vite@8.3.8"],
    command: () => ["vite", "build", "--logLevel=error"],
  },
};

/** A program that sees whether what it imports is complete, prints "ok" and is otherwise small. */
const SMALL = `
  import { gather, run, sleep } from "${NAME}";
  const [a, b] = await run(() => gather(sleep(1, "o"), sleep(2, "k")));
  console.log(a + b);
`;

/** The same with all that there is. */
const EVERYTHING = `
  import * as everything from "${NAME}";
  globalThis.everything = { ...everything };
  console.log("ok");
`;

/** What a bundler must not drop although nothing refers to it: the default loop. */
const ALONE = `
  import { sleep } from "${NAME}";
  console.log(await sleep(1, "ok"));
`;

/** What it may drop. */
const UNUSED = `
  import { run } from "${NAME}";
  import * as testing from "${NAME}/testing";
  console.log("ok");
`;

/** Compiled for a host that has no \`using\`, and perhaps no symbols for it. */
const USING = `
  import { ContextVar, Lock, run, Runner } from "${NAME}";
  const lock = new Lock();
  const variable = new ContextVar("variable", { defaultValue: "k" });
  await run(function* () {
    {
      using held = yield* lock.acquire();
      using token = variable.set("o");
      console.assert(lock.locked() && variable.get() === "o");
    }
    console.log((lock.locked() ? "locked" : "o") + variable.get());
  });
  await using runner = new Runner();
`;

/** What programs in TypeScript do with all entry points, in a program that knows no signals. */
const TYPED = `
  import { abortable, asCompleted, type Coroutine, createTask, gather, Lock, Runner, run, sleep } from "${NAME}";
  import { type Task, waitFor } from "${NAME}";
  import { suspend } from "${NAME}/lowlevel";
  import { VirtualClock } from "${NAME}/testing";

  function* load(n: number): Coroutine<string> {
    return yield* waitFor(sleep(n, String(n)), "1s");
  }

  export async function main(other: Task<number>): Promise<[string, string]> {
    await using runner = new Runner({ clock: new VirtualClock() });
    await runner.run(sleep(1));
    return await run(function* () {
      using _held = yield* new Lock().acquire();
      const task: Task<string> = createTask(load(1));
      const aborted: boolean = task.signal.aborted;
      task.signal.addEventListener("abort", () => aborted);
      for (const next of asCompleted([load(1)])) (yield* next).toUpperCase();
      yield* suspend<void>((wake) => wake());
      const n: number = yield* abortable((signal) => Promise.resolve(signal.aborted ? 1 : 0));
      // @ts-expect-error It is a string.
      const wrong: number = yield* load(n);
      return yield* gather(load(1), load(wrong));
    }, { signal: other.signal });
  }
`;

/** The same, where the host's signals and fetch are known. */
const TYPED_SIGNALS = `
  import { abortable, run, type Task } from "${NAME}";

  export function main(task: Task<void>) {
    const signal: AbortSignal = task.signal;
    void fetch("https://example.org", { signal });
    const load = () => abortable((signal) => fetch("https://example.org", { signal }));
    return run(load, { signal: AbortSignal.timeout(1) });
  }
`;

/** What runs everywhere: the program of the packaging tests. */
const MAIN = reporter(NAME, "./program.mjs", "wasm");

/** A folder with a manifest and an installed package, as a user's. */
class Project implements Disposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(tarball: string, packages: string[] = []): Promise<Project> {
    const project = new Project(await Deno.makeTempDir({ prefix: "wasyncio_project_" }));
    await project.write("package.json", '{ "private": true, "type": "module" }');
    const quiet = ["--no-audit", "--no-fund", "--no-package-lock"];
    await project.run("npm", ["install", ...quiet, tarball, ...packages]);
    return project;
  }

  write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(join(this.directory, name), text);
  }

  size(name: string): number {
    return Deno.statSync(join(this.directory, name)).size;
  }

  /** Runs a command in the folder and returns what it prints; throws when it fails. */
  async run(command: string, args: string[]): Promise<string> {
    const process = new Deno.Command(command, { args, cwd: this.directory });
    const { code, stdout, stderr } = await process.output();
    const decoder = new TextDecoder();
    const text = decoder.decode(stdout);
    if (code === 0) return text;
    const end = `${command} ${args.join(" ")} exited with ${code}`;
    throw new Error([end, text, decoder.decode(stderr)].join("\n"));
  }

  /** Runs a command of a package that need not be installed. */
  runPackage(pkg: string, args: string[]): Promise<string> {
    return this.run("npx", ["-y", "-p", pkg, ...args]);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

type Check = (tarball: string) => AsyncGenerator<[name: string, check: () => Promise<void>]>;

const CHECKS: Record<string, Check> = {
  async *node(tarball) {
    using project = await makeProgram(tarball);
    for (const version of NODES) {
      const run = (args: string[]) => project.runPackage(`node@${version}`, ["node", ...args]);
      yield [`Node ${version} runs it`, async () => {
        expectReport(await run(["main.mjs"]));
        expectText(await run(["using.mjs"]), "ok");
      }];
      if (!NODES_THAT_REQUIRE.includes(version)) continue;
      yield [`Node ${version} requires it`, async () => {
        expectText(await run(["require.cjs"]), "true");
      }];
    }
    const traced = ["node", "--enable-source-maps", "traced.mjs"];
    yield ["a stack trace in Node leads to the sources", async () => {
      const text = await project.runPackage(`node@${NODES.at(-1)}`, traced);
      if (!/node_modules\/wasyncio\/src\/kernel\/scheduler\.ts:\d+/.test(text)) {
        throw new Error(text);
      }
    }];
  },

  async *bun(tarball) {
    using project = await makeProgram(tarball);
    yield ["Bun runs it", async () => {
      expectReport(await project.runPackage(BUN, ["bun", "main.mjs"]));
      expectText(await project.runPackage(BUN, ["bun", "using.mjs"]), "ok");
      expectText(await project.runPackage(BUN, ["bun", "require.cjs"]), "true");
    }];
  },

  async *types(tarball) {
    for (const { compiler, nodeTypes } of COMPILERS) {
      using project = await Project.make(tarball, [compiler, nodeTypes]);
      await project.write("typed.ts", TYPED);
      await project.write("signals.ts", TYPED_SIGNALS);
      for (const resolution of ["nodenext", "bundler"]) {
        for (const lib of [["es2022"], ["es2022", "dom"]]) {
          for (const types of [[], ["node"]]) {
            const known = [...lib, ...types].join(" and ");
            yield [`${compiler} takes it with ${resolution}, knowing ${known}`, async () => {
              const settings = tsconfig(resolution, lib, types);
              await project.write("tsconfig.json", JSON.stringify(settings));
              await project.run("npx", ["tsc", "-p", "."]);
            }];
          }
        }
      }
    }
  },

  async *bundlers(tarball) {
    for (const [bundler, { packages, command }] of Object.entries(BUNDLERS)) {
      using project = await Project.make(tarball, packages);
      await project.write("vite.config.js", VITE_CONFIG);
      let whole = 0;
      const build = async (program: string) => {
        await project.write("app.js", program);
        await project.run("npx", command("app.js"));
        expectText(await project.run("node", ["out.mjs"]), "ok");
        return project.size("out.mjs");
      };
      yield [`${bundler} bundles it, and leaves out what isn't used`, async () => {
        whole = await build(EVERYTHING);
        expectLess(await build(SMALL), whole * 0.85);
      }];
      yield [`${bundler} keeps the default loop`, async () => {
        await build(ALONE);
      }];
      yield [`${bundler} drops what isn't used at all`, async () => {
        expectLess(await build(UNUSED), whole * 0.1);
      }];
    }
  },
};

const VITE_CONFIG = `
  export default {
    build: {
      lib: { entry: "app.js", formats: ["es"], fileName: () => "out.mjs" },
      minify: true,
      outDir: ".",
      emptyOutDir: false,
    },
  };
`;

/** A project with the programs that run without being compiled. */
async function makeProgram(tarball: string): Promise<Project> {
  const project = await Project.make(tarball);
  const options = { target: "es2022", bundle: true, format: "esm", write: false } as const;
  const compile = async (path: string) =>
    (await esbuild.build({ ...options, entryPoints: [path], external: [NAME] })).outputFiles[0]
      .text;
  const here = new URL("../../tests/packaging/program.ts", import.meta.url);
  await project.write("program.mjs", await compile(fileURLToPath(here)));
  await project.write("using.ts", USING);
  await project.write("using.mjs", await compile(join(project.directory, "using.ts")));
  await esbuild.stop();
  await project.write("main.mjs", MAIN);
  const traced = `import { run } from "${NAME}";
    await run(function* () { console.log(new Error().stack); });`;
  await project.write("traced.mjs", traced);
  const required = DOORS.map((door) => `require("${door === "mod" ? NAME : `${NAME}/${door}`}")`);
  const require = `console.log([${required}].every((door) => Object.keys(door).length > 0));`;
  await project.write("require.cjs", require);
  return project;
}

function tsconfig(resolution: string, lib: string[], types: string[]): unknown {
  const knowsSignals = lib.includes("dom") || types.includes("node");
  return {
    compilerOptions: {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: "es2022",
      module: resolution === "nodenext" ? "nodenext" : "esnext",
      moduleResolution: resolution,
      lib,
      types,
    },
    files: knowsSignals ? ["typed.ts", "signals.ts"] : ["typed.ts"],
  };
}

function expectReport(text: string): void {
  const { outcome, compiled }: Report = JSON.parse(text);
  expectText(JSON.stringify(outcome), JSON.stringify(expected));
  expectText(JSON.stringify(compiled), JSON.stringify({ tried: 1, refused: 0 }));
}

function expectText(actual: string, wanted: string): void {
  if (actual.trim() !== wanted) throw new Error(`Expected ${wanted}, got ${actual}`);
}

function expectLess(actual: number, limit: number): void {
  if (!(actual < limit)) throw new Error(`${actual} bytes, expected less than ${limit}`);
}

async function main(names: string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(CHECKS, name));
  if (unknown.length > 0) {
    console.error(`No check ${unknown.join(", ")}: there are ${Object.keys(CHECKS).join(", ")}`);
    return 2;
  }
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_packages_" });
  let failures = 0;
  try {
    const tarball = await writePackage(directory);
    console.log(`${NAME} ${config.version}, ${Deno.statSync(tarball).size} bytes packed`);
    for (const name of names.length > 0 ? names : Object.keys(CHECKS)) {
      for await (const [title, check] of CHECKS[name](tarball)) {
        const start = performance.now();
        const error = await check().then(() => null, (error) => error);
        const seconds = ((performance.now() - start) / 1000).toFixed(1);
        console.log(`${error ? "FAILED" : "ok    "} ${title} (${seconds} s)`);
        if (error) console.log(error.message ?? error);
        if (error) failures++;
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
