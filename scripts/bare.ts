/**
 * Runs the README's commands as a stranger would: on a machine that has Node and nothing else.
 *
 *     deno task bare
 *
 * What the machine has of Deno, Python and browsers is hidden in a mount namespace, caches are empty,
 * and the files are those that git would commit. It takes some minutes, needs Linux with `unshare`, and
 * says so where that can't be had.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Whatever is found on the path under such a name, the stranger doesn't have. */
const HIDDEN = /^(deno|bun|python[\d.]*|chrom(e|ium).*|google-chrome.*|firefox.*)$/;

/** What no command may say. */
const UNWANTED = /^(npm )?warn|stack backtrace/i;

/** A command takes longer than this only when it hangs. In minutes. */
const PATIENCE = 12;

/** A command of the README, and what must be true of it besides its success. */
interface Command {
  line: string;
  /** Whether it must not download any package. */
  downloadsNothing?: boolean;
}

function commands(): Command[] {
  const [, block] = /## Try it[\s\S]*?```sh\n([\s\S]*?)```/.exec(
    Deno.readTextFileSync(join(root, "README.md")),
  )!;
  const [demo, ...others] = block.trim().split("\n");
  const deno = /^npx -y deno@\S+/.exec(demo)![0];
  return [
    { line: demo, downloadsNothing: true },
    { line: `${deno} task demo` },
    ...others.map((line) => ({ line })),
  ];
}

/** The programs on the path that are to be hidden, with symbolic links followed. */
function hiddenPrograms(): string[] {
  const found = new Set<string>();
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      for (const { name } of Deno.readDirSync(folder)) {
        if (HIDDEN.test(name)) found.add(Deno.realPathSync(join(folder, name)));
      }
    } catch { /* A folder of the path that isn't there, or a link that leads nowhere. */ }
  }
  return [...found];
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

/** Runs a command of the shell in a namespace of its own; gives its exit code and what it printed. */
async function runBare(
  line: string,
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const hide = hiddenPrograms().map((path) => `mount --bind /dev/null '${path}'`).join("\n");
  const { code, stdout } = await new Deno.Command("unshare", {
    args: [
      "--mount",
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
    signal: AbortSignal.timeout(PATIENCE * 60_000),
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

async function main(): Promise<number> {
  if (Deno.build.os !== "linux" || !await canUnshare()) {
    console.log("Ignored: this needs Linux, and the right to make a mount namespace");
    return 0;
  }
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_bare_" });
  try {
    const [home, repository] = [join(directory, "home"), join(directory, "repository")];
    await Deno.mkdir(home);
    await Deno.mkdir(repository);
    await checkOut(repository);
    const env = environment(home);
    for (const { line, downloadsNothing } of commands()) {
      console.log(`\n$ ${line}`);
      const start = performance.now();
      const { code, output } = await runBare(line, repository, env);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const unwanted = output.split("\n").filter((line) => UNWANTED.test(line));
      console.log(output.trim().split("\n").slice(-3).join("\n"));
      console.log(`-- exit code ${code}, ${seconds} s`);
      if (code !== 0) console.error(output);
      if (unwanted.length > 0) console.error(`It says:\n${unwanted.join("\n")}`);
      const downloaded = downloadsNothing && !isEmpty(join(home, "deno", "npm"));
      if (downloaded) console.error("It downloads packages");
      if (code !== 0 || unwanted.length > 0 || downloaded) return 1;
    }
    return 0;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
