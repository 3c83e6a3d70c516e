/**
 * Runs the programs of the documentation as a reader would who copies them into a file.
 *
 * @module
 */

import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { type Page, type Program, ROOT } from "./pages.ts";

/** Long enough for the slowest machine; a program that takes longer hangs. */
const PATIENCE = 60_000;

/** What became of a program. */
export interface Ended {
  code: number;
  /** What it printed, on its standard output first, then on its standard error. */
  output: string;
}

/**
 * A program that runs the main coroutine of an example, without waiting for real. One that has none, as
 * it is there for others, is imported only.
 */
function quickly(example: string, code: string): string {
  if (!/^export function\* main\b/m.test(code)) return `import ${JSON.stringify(example)};`;
  return `
    import { run } from "wasyncio";
    import { VirtualClock } from "wasyncio/testing";
    import { main } from ${JSON.stringify(example)};
    await run(main, { clock: new VirtualClock() });
  `;
}

/** A temporary folder with each program in a folder of its own, and an import map for all. */
export class Fixture implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "wasyncio_docs_" });

  constructor(pages: Page[]) {
    const url = (file: string) => new URL(file, ROOT).href;
    const doors = Object.entries(config.exports);
    const imports = Object.fromEntries(
      doors.map(([name, file]) => [name.replace(".", "wasyncio"), url(file)]),
    );
    Deno.writeTextFileSync(
      join(this.#folder, "deno.json"),
      JSON.stringify({
        imports,
        // A page that imports what it doesn't use sends its readers looking for it. The compiler's own
        // check would complain of the library, too, whose private members other files of it use.
        lint: { rules: { tags: [], include: ["no-unused-vars"] } },
      }),
    );
    for (const page of pages) {
      for (const program of page.programs) {
        Deno.mkdirSync(this.#folderOf(page, program), { recursive: true });
        const code = program.file === null
          ? program.code
          : quickly(url(program.file), program.code);
        Deno.writeTextFileSync(join(this.#folderOf(page, program), "program.ts"), code);
      }
    }
  }

  /** Checks the types of all programs at once, because starting the compiler takes the most time. */
  async check(): Promise<Ended> {
    const types = await this.#deno(this.#folder, ["check", "--quiet", "--no-lock", "."]);
    const unused = await this.#deno(this.#folder, ["lint", "--quiet", "."]);
    return { code: types.code || unused.code, output: types.output + unused.output };
  }

  /** Runs a program to its end, with the permissions that it says it needs and no more. */
  async run(page: Page, program: Program): Promise<Ended> {
    return await this.#deno(this.#folderOf(page, program), [
      "run",
      "--no-prompt",
      "--no-lock",
      ...program.permissions,
      "program.ts",
    ]);
  }

  /** Removes everything. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #folderOf(page: Page, program: Program): string {
    return join(this.#folder, page.path, `line_${program.line}`);
  }

  async #deno(cwd: string, args: string[]): Promise<Ended> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(PATIENCE),
    }).output();
    const decoder = new TextDecoder();
    const output = decoder.decode(stdout) + decoder.decode(stderr);
    // Pages show where something happened, but neither in whose temporary folder nor how Deno got there.
    const here = new RegExp(`file://${RegExp.escape(encodeURI(cwd))}/`, "g");
    return { code, output: output.replaceAll(here, "").replaceAll(/^ +ext:.*\n/gm, "") };
  }
}
