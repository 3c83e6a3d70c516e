/**
 * A PostgreSQL of one's own for a test: in a temporary folder, on a free port of the loopback interface,
 * with a password that nobody knows; ready in about a second, and gone without a trace at the end, even
 * if the test's process is killed.
 *
 * PostgreSQL refuses to run as root, so for root it runs as nobody.
 *
 * @module
 */

import { join } from "node:path";
import { findPostgres, type Programs } from "./find.ts";

/** Nobody's number, as user and as group, in Linux. */
const NOBODY = 65534;

/** It hangs if it takes longer to start. In milliseconds. */
const PATIENCE = 30_000;

/** Another program may take the port before PostgreSQL does. */
const ATTEMPTS = 5;

/**
 * Runs PostgreSQL for as long as standard input is open, then ends it and removes its folder, whether the
 * process at the other end has closed it or was killed.
 */
const KEEPER = `
exec 3<&0
folder=$1
shift
"$@" 3<&- >"$folder/log" 2>&1 &
server=$!
{ read -r _ <&3; kill -INT $server; } >/dev/null 2>&1 &
wait $server
read -r _ <&3 # what it has logged is there until then
rm -rf "$folder"
`;

/** A running PostgreSQL. */
export interface Postgres extends AsyncDisposable {
  /** Where it is, for clients: `postgres://postgres:…@127.0.0.1:…/postgres`. */
  readonly url: string;
  /** The folder that has all that is its own. */
  readonly folder: string;
}

/** Runs programs as somebody who isn't root. */
interface Identity {
  readonly prefix: string[];
  readonly user: { uid?: number; gid?: number };
}

const found = await findPostgres();

/** Registers a test with a PostgreSQL of its own, which is ignored where there is none. */
export function postgresTest(name: string, fn: (postgres: Postgres) => void | Promise<void>): void {
  Deno.test({
    name,
    ignore: found === null,
    async fn() {
      await using postgres = await startPostgres();
      await fn(postgres);
    },
  });
}

/**
 * Starts PostgreSQL.
 *
 * @returns The server; disposing of it ends it.
 * @throws {Error} Where there is none, and when it doesn't start; the message has what it says.
 */
export async function startPostgres(): Promise<Postgres> {
  if (found === null) throw new Error("There is no PostgreSQL");
  const identity = await identify();
  for (let attempt = 1;; attempt++) {
    const folder = await Deno.makeTempDir({ prefix: "wasyncio_postgres_" });
    const { uid, gid } = identity.user;
    if (uid !== undefined) await Deno.chown(folder, uid, gid!);
    const server = new Server(folder, await makeAccessible(found, folder, identity), identity);
    try {
      await server.initialize();
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      // Somebody else has taken the port since it was free.
      const isTaken = String(error).includes("Address already in use");
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

class Server implements Postgres {
  readonly folder: string;
  readonly #password = crypto.randomUUID();
  readonly #port = freePort();
  readonly #programs: Programs;
  readonly #identity: Identity;
  #keeper: Deno.ChildProcess | null = null;
  #isOver = false;

  constructor(folder: string, programs: Programs, identity: Identity) {
    this.folder = folder;
    this.#programs = programs;
    this.#identity = identity;
  }

  get url(): string {
    return `postgres://postgres:${this.#password}@127.0.0.1:${this.#port}/postgres`;
  }

  /** Makes the files of a new database. */
  async initialize(): Promise<void> {
    const passwordFile = this.#inside("password");
    await Deno.writeTextFile(passwordFile, this.#password, { mode: 0o644 });
    const { success, stdout, stderr } = await this.#command(join(this.#programs.folder, "initdb"), [
      `--pgdata=${this.#inside("data")}`,
      `--pwfile=${passwordFile}`,
      "--username=postgres",
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
    ]).output();
    const text = new TextDecoder();
    if (!success) throw new Error(`initdb fails:\n${text.decode(stdout)}${text.decode(stderr)}`);
  }

  /** Starts it, and waits until it accepts connections. */
  async start(): Promise<void> {
    const settings = {
      port: this.#port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      fsync: "off",
      shared_buffers: "16MB",
    };
    this.#keeper = this.#command("/bin/sh", [
      "-c",
      KEEPER,
      "sh",
      this.folder,
      join(this.#programs.folder, "postgres"),
      "-D",
      this.#inside("data"),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ], "piped").spawn();
    const end = performance.now() + PATIENCE;
    for (;;) {
      const log = await this.#readLog();
      if (log.includes("ready to accept connections")) return;
      if (/FATAL|PANIC/.test(log) || performance.now() > end) {
        throw new Error(`PostgreSQL doesn't start:\n${log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#keeper === null) return await Deno.remove(this.folder, { recursive: true });
    await this.#keeper.stdin.close();
    await this.#keeper.status;
  }

  #inside(name: string): string {
    return join(this.folder, name);
  }

  async #readLog(): Promise<string> {
    try {
      return await Deno.readTextFile(this.#inside("log"));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  #command(program: string, args: string[], stdin: "null" | "piped" = "null"): Deno.Command {
    const [first, ...others] = [...this.#identity.prefix, program, ...args];
    return new Deno.Command(first, {
      args: others,
      ...this.#identity.user,
      cwd: this.folder,
      env: { PATH: Deno.env.get("PATH") ?? "", LC_ALL: "C", ...this.#programs.env },
      clearEnv: true,
      stdin,
      stdout: stdin === "null" ? "piped" : "null",
      stderr: stdin === "null" ? "piped" : "null",
    });
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Root becomes nobody: in a namespace where that is only what root is called, if the system allows it, so
 * that root's files are still there for it; otherwise by really changing the user.
 */
async function identify(): Promise<Identity> {
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return { prefix: [], user: {} };
  const prefix = ["unshare", "--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  try {
    const [program, ...args] = [...prefix, "true"];
    const { success } = await new Deno.Command(program, { args, stderr: "null" }).output();
    if (success) return { prefix, user: {} };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { prefix: [], user: { uid: NOBODY, gid: NOBODY } };
}

/** Copies programs that lie below root's home to where nobody can start them. */
async function makeAccessible(
  programs: Programs,
  folder: string,
  { user }: Identity,
): Promise<Programs> {
  if (programs.private === null || user.uid === undefined) return programs;
  const copy = join(folder, "programs");
  // They become nobody's, or the keeper could not remove them.
  const script = `cp -r "$0" "$1" && chown -R "$2" "$1"`;
  const { success } = await new Deno.Command("sh", {
    args: ["-c", script, programs.private, copy, `${user.uid}:${user.gid}`],
  }).output();
  if (!success) throw new Error(`${programs.private} can't be copied`);
  const moved = (path: string) => path.replace(programs.private!, copy);
  const env = Object.entries(programs.env).map(([name, path]) => [name, moved(path)]);
  return { folder: moved(programs.folder), env: Object.fromEntries(env), private: null };
}
