/**
 * Runs the README's commands as a stranger would: on a machine that has Node and nothing else.
 *
 *     deno task bare
 *
 * What the machine has of Deno, Python, browsers and PostgreSQL is hidden in a mount namespace, the
 * libraries and fonts that came with a browser included. Caches are empty, and the files are those that git would
 * commit. It takes some minutes, needs Linux with `unshare`, and says so where that can't be had.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Whatever is found on the path under such a name, the stranger doesn't have. */
const HIDDEN =
  /^(deno|bun|python[\d.]*|chrom(e|ium).*|google-chrome.*|firefox.*|initdb|postgres|wrk)$/;

/** What distributions install with a browser or PostgreSQL, and one that comes from npm must do without. */
const LIBRARIES = /^lib(expat|freebl|nspr4|nss|plc4|plds4|pq|smime3|softokn3|ssl3|vulkan|EGL|GLES)/;
const FOLDERS = [
  "/etc/fonts",
  "/usr/share/fonts",
  "/usr/local/share/fonts",
  "/usr/lib/postgresql",
];

/** What no command may say: everything is to be tested but by wrk, which no package brings. */
const UNWANTED = /^(npm )?warn|stack backtrace|\| (?!1 ignored)\d+ ignored/i;

/** Debian's name for this processor, which its folders of libraries have. */
const MULTIARCH = `${Deno.build.arch}-linux-gnu`;

/** A command takes longer than this only when it hangs. In minutes. */
const PATIENCE = 12;

/** A command of the README, and what must be true of it besides its success. */
interface Command {
  line: string;
  /** Whether it must neither download any package nor write to the repository. */
  leavesNothing?: boolean;
}

function commands(): Command[] {
  const [, block] = /## Try it[\s\S]*?```sh\n([\s\S]*?)```/.exec(
    Deno.readTextFileSync(join(root, "README.md")),
  )!;
  const [demo, ...others] = block.trim().split("\n");
  const deno = /^npx -y deno@\S+/.exec(demo)![0];
  return [
    { line: demo, leavesNothing: true },
    { line: `${deno} task demo` },
    ...others.map((line) => ({ line })),
  ];
}

/** The programs and libraries that are to be hidden, with symbolic links followed. */
function hiddenFiles(): string[] {
  const path = (Deno.env.get("PATH") ?? "").split(":");
  const libraries = ["/lib", "/usr/lib"].flatMap((folder) => [folder, `${folder}/${MULTIARCH}`]);
  return [
    ...path.flatMap((folder) => filesIn(folder, HIDDEN)),
    ...libraries.flatMap((folder) => filesIn(folder, LIBRARIES)),
  ];
}

/** The files of a folder that have such names, by their real paths; none where there is no folder. */
function filesIn(folder: string, names: RegExp): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => names.test(name))
      .flatMap(({ name }) => realPath(join(folder, name)) ?? []);
  } catch {
    return [];
  }
}

/** Nothing for a link that leads nowhere. */
function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

/** Where Node is, and npx beside it. */
function nodeFolder(): string {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      Deno.statSync(join(folder, "npx"));
      return dirname(Deno.realPathSync(join(folder, "node")));
    } catch { /* Not here. */ }
  }
  throw new Error("No npx on the path: install Node");
}

/** Copies what git would commit. */
async function checkOut(directory: string): Promise<void> {
  const script = `git ls-files -coz --exclude-standard | xargs -0 tar c | tar x -C "$0"`;
  const { success } = await new Deno.Command("bash", { args: ["-c", script, directory], cwd: root })
    .output();
  if (!success) throw new Error("git can't list the files");
}

/** What ends the script ends the command first, so that nothing keeps its folder from being removed. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => interrupted.abort());
}

/** Runs a command of the shell in a namespace of its own; gives its exit code and what it printed. */
async function runBare(
  line: string,
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const hide = [
    ...[...new Set(hiddenFiles())].map((path) => `mount --bind /dev/null '${path}'`),
    ...FOLDERS.filter(realPath).map((path) => `mount -t tmpfs none '${path}'`),
  ].join("\n");
  const { code, stdout } = await new Deno.Command("unshare", {
    args: [
      "--mount",
      // Whoever is left when the command ends, or is ended, goes with it.
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      ...(Deno.uid() === 0 ? [] : ["--user", "--map-root-user"]),
      "bash",
      "-c",
      `set -e\n${hide}\n${line} 2>&1`,
    ],
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
    stderr: "inherit",
    signal: AbortSignal.any([interrupted.signal, AbortSignal.timeout(PATIENCE * 60_000)]),
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

async function canUnshare(): Promise<boolean> {
  try {
    return (await runBare("true", root, { PATH: Deno.env.get("PATH")! })).code === 0;
  } catch {
    return false;
  }
}

/** What a stranger's environment has. Where packages come from is the machine's own affair. */
function environment(home: string): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) =>
    /^(https?_proxy|no_proxy|npm_config_registry|deno_tls_ca_store|ssl_cert_\w+|node_extra_ca_certs)$/i
      .test(name)
  );
  return {
    ...Object.fromEntries(kept),
    PATH: [nodeFolder(), "/usr/bin", "/bin"].join(":"),
    HOME: home,
    DENO_DIR: join(home, "deno"),
    npm_config_cache: join(home, "npm"),
    npm_config_update_notifier: "false",
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

function isEmpty(folder: string): boolean {
  try {
    return Deno.readDirSync(folder)[Symbol.iterator]().next().done === true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  return (await new Deno.Command("diff", { args: ["-rq", one, other] }).output()).success;
}

async function main(): Promise<number> {
  if (Deno.build.os !== "linux" || !await canUnshare()) {
    console.log("Ignored: this needs Linux, and the right to make a mount namespace");
    return 0;
  }
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_bare_" });
  try {
    const inside = (name: string) => join(directory, name);
    const [home, repository, original] = ["home", "repository", "original"].map(inside);
    for (const folder of [home, repository, original]) await Deno.mkdir(folder);
    for (const folder of [repository, original]) await checkOut(folder);
    const env = environment(home);
    for (const { line, leavesNothing } of commands()) {
      console.log(`\n$ ${line}`);
      const start = performance.now();
      const { code, output } = await runBare(line, repository, env);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const unwanted = output.split("\n").filter((line) => UNWANTED.test(line));
      console.log(output.trim().split("\n").slice(-3).join("\n"));
      console.log(`-- exit code ${code}, ${seconds} s`);
      if (code !== 0) console.error(output);
      if (unwanted.length > 0) console.error(`It says:\n${unwanted.join("\n")}`);
      const downloaded = leavesNothing && !isEmpty(join(home, "deno", "npm"));
      if (downloaded) console.error("It downloads packages");
      const wrote = leavesNothing && !await isSame(repository, original);
      if (wrote) console.error("It writes to the repository");
      if (code !== 0 || unwanted.length > 0 || downloaded || wrote) return 1;
    }
    return 0;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
