/**
 * Compiles the AssemblyScript core and writes it, in hexadecimal, into a TypeScript module: the one form
 * that every runtime, bundler and registry takes as it is.
 *
 *     deno task build            compile and write
 *     deno task build --check    compile and compare; exit with 1 when the committed file is stale
 *
 * A path after the options takes the place of the committed file's.
 *
 * @module
 */

import asc from "assemblyscript/asc";

const ROOT = new URL("../", import.meta.url);
const OUTPUT = new URL("src/core/wasm_bytes.ts", ROOT);

/** Browsers have refused to compile more than this synchronously on a page's main thread. */
const LIMIT = 4096;

const OPTIONS = [
  "--runtime=stub",
  "--optimizeLevel=3",
  "--shrinkLevel=0",
  "--noAssert",
  "--initialMemory=1",
  "--use=abort=",
];

/** Compiles `assembly/index.ts`; `text` adds the text format, to be read by people. */
export async function compile(): Promise<{ binary: Uint8Array<ArrayBuffer>; text: string }> {
  const output = new Map<string, string | Uint8Array<ArrayBuffer>>();
  const messages: string[] = [];
  const note = { write: (chunk: string | Uint8Array) => void messages.push(String(chunk)) };
  const { error } = await asc.main(
    ["assembly/index.ts", "--outFile=core.wasm", "--textFile=core.wat", ...OPTIONS],
    {
      stdout: note,
      stderr: note,
      readFile: (name: string) => readText(new URL(name, ROOT)),
      writeFile: (name: string, contents: string | Uint8Array) => {
        output.set(name, typeof contents === "string" ? contents : new Uint8Array(contents));
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`Cannot compile assembly/: ${messages.join("")}`, { cause: error });
  return {
    binary: output.get("core.wasm") as Uint8Array<ArrayBuffer>,
    text: output.get("core.wat") as string,
  };
}

/** The generated module's text. */
function render(binary: Uint8Array): string {
  // Half as long again as base64, but gzip, which can't see bytes through base64, makes it a sixth shorter.
  const hex = Array.from(binary, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `// deno-fmt-ignore-file deno-lint-ignore-file
// Generated from assembly/ by \`deno task build\`: change it there.

/** The core as a WebAssembly module of ${binary.length} bytes, in hexadecimal. */
export const WASM_HEX: string =
  "${hex}";
`;
}

async function readText(url: URL): Promise<string | null> {
  try {
    return await Deno.readTextFile(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function main(args: string[]): Promise<number> {
  const check = args.includes("--check");
  const wat = args.includes("--wat");
  const path = args.find((arg) => !arg.startsWith("--"));
  const target = path ? new URL(path, `file://${Deno.cwd()}/`) : OUTPUT;

  const { binary, text } = await compile();
  if (wat) {
    console.log(text);
    return 0;
  }
  console.log(`The core has ${binary.length} bytes, of ${LIMIT - 1} at most`);
  if (binary.length >= LIMIT) {
    console.error("The core is too large to be compiled synchronously everywhere");
    return 1;
  }
  const source = render(binary);
  if (!check) {
    await Deno.writeTextFile(target, source);
    return 0;
  }
  if (await readText(target) === source) return 0;
  console.error(`${target.pathname} is stale: run \`deno task build\` and commit the result`);
  return 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
