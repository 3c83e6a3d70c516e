/**
 * The browser that the tests drive: the machine's own Chrome or Chromium, or else one that comes as an
 * npm package, for Linux on x86-64. Where there is neither, tests of a browser are reported as ignored.
 *
 * `WASYNCIO_CHROMIUM` is the path of another one; `npm` takes the package in any case, and `none` does
 * without.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { evaluate, isFile, unpackOnce } from "../unpack.ts";

/**
 * The package, with its browser and the libraries and the font that this needs. Its name is put together
 * here so that nobody downloads its 70 MB who has a browser.
 */
const PACKAGE = ["npm:", "@sparticuz/chromium@153.0.0"].join("");

/** Keeps Chromium from looking for a sandbox, a GPU, and its maker's servers. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What its programs are called, on the path. Edge is Chromium, too, and comes with Windows. */
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
  "msedge",
];

/** Where installers put it that leave the path alone. */
const PLACES: Partial<Record<typeof Deno.build.os, string[]>> = {
  darwin: ["Google Chrome", "Chromium", "Microsoft Edge"].flatMap((name) =>
    ["", Deno.env.get("HOME")].map((home) =>
      `${home}/Applications/${name}.app/Contents/MacOS/${name}`
    )
  ),
  windows: ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((name) =>
    ["Google\\Chrome\\Application\\chrome", "Chromium\\Application\\chrome"]
      .concat("Microsoft\\Edge\\Application\\msedge")
      .map((program) => `${Deno.env.get(name)}\\${program}.exe`)
  ),
};

/** A browser's program, and the environment that it needs. */
interface Program {
  executablePath: string;
  env: Record<string, string>;
}

/** What {@linkcode findProgram} goes by. */
export interface Machine {
  os: typeof Deno.build.os;
  arch: typeof Deno.build.arch;
  /** The value of `WASYNCIO_CHROMIUM`. */
  wish: string | undefined;
  /** The value of `PATH`. */
  path: string;
  isFile(path: string): boolean;
  /** Whether a program that was found is a browser that starts. */
  starts(path: string): boolean;
}

const machine: Machine = {
  ...Deno.build,
  wish: Deno.env.get("WASYNCIO_CHROMIUM"),
  path: Deno.env.get("PATH") ?? "",
  isFile,
  // Ubuntu has a program of that name that says how to install one. In Windows, the question itself
  // would open a window.
  starts(path) {
    if (Deno.build.os === "windows") return true;
    try {
      return new Deno.Command(path, { args: ["--version"], stdin: "null" }).outputSync().success;
    } catch {
      return false;
    }
  },
};

/**
 * Finds the program of a browser.
 *
 * @returns Its path; `"npm"` where it is to come from the package, and null where there is none.
 * @throws {Error} When the one that was asked for isn't there.
 */
export function findProgram(machine: Machine): string | null {
  const { os, arch, wish, path, isFile } = machine;
  if (wish === "none") return null;
  if (wish !== undefined && wish !== "" && wish !== "npm") {
    if (isFile(wish)) return wish;
    throw new Error(`WASYNCIO_CHROMIUM must be a browser's program, "npm" or "none", got ${wish}`);
  }
  const suffix = os === "windows" ? ".exe" : "";
  const candidates = [
    ...path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name + suffix))),
    ...PLACES[os] ?? [],
  ];
  const found = wish === "npm"
    ? undefined
    : candidates.find((path) => isFile(path) && machine.starts(path));
  return found ?? (os === "linux" && arch === "x86_64" ? "npm" : null);
}

/** Unpacks the package, unless that was done, and says how to run what is in it. */
async function unpack(): Promise<Program> {
  const folder = await unpackOnce(
    `chromium-${PACKAGE.split("@").at(-1)}`,
    `No browser is installed: unpacking ${PACKAGE}, 70 MB`,
    unpackTo,
  );
  return {
    executablePath: join(folder, "chromium"),
    env: {
      ...Deno.env.toObject(),
      LD_LIBRARY_PATH: `${folder}/al2023/lib:${folder}`,
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  };
}

/** Has the package unpack itself: it does so into the folder for temporary files. */
async function unpackTo(folder: string): Promise<void> {
  await evaluate(`import chromium from "${PACKAGE}"; await chromium.executablePath();`, {
    cwd: folder,
    // It brings the libraries only to where it believes that they are missing.
    env: { TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" },
  });
  await Deno.writeTextFile(
    join(folder, "fonts.conf"),
    `<?xml version="1.0"?>
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`,
  );
}

/** Why there is no browser, where there is none. */
let absence = "";

async function find(): Promise<Program | null> {
  try {
    const program = findProgram(machine);
    if (program === "npm") return await unpack();
    if (program !== null) return { executablePath: program, env: Deno.env.toObject() };
  } catch (error) {
    if (machine.wish !== undefined) throw error;
    absence = `. The package's can't be had: ${String(error).trim().split("\n")[0]}`;
  }
  return null;
}

const program = await find();

/** Says in one line that tests are ignored, and how to get a browser, where there is none. */
export function explainAbsence(): void {
  if (program !== null) return;
  console.log(
    `Ignored: the tests of browsers. Install Chrome or Chromium, or say where it is by WASYNCIO_CHROMIUM${absence}`,
  );
}

/** Starts the browser, where there is one. */
export async function openBrowser(): Promise<Browser | null> {
  return program && await chromium.launch({ ...program, args: FLAGS });
}

/** Registers a test of a browser, which is ignored where there is none. */
export function browserTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore: program === null, fn });
}
