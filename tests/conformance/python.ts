// `deno task conformance:python [interpreter]` runs the scripts in cpython/ again and compares what
// they print with the stored .out files: the expectations are CPython's, and stay so.

const FOLDER = new URL("./cpython/", import.meta.url);
const OLDEST = 11; // asyncio.timeout(), TaskGroup and Barrier came with Python 3.11.

const interpreter = Deno.args[0] ?? "python3";

async function python(...args: string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await new Deno.Command(interpreter, { args, cwd: FOLDER }).output();
    const text = new TextDecoder();
    return (text.decode(stdout) + text.decode(stderr)).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The minor version of Python 3 that a script needs: `x17_py312_…` says so in its name. */
function needed(script: string): number {
  return Number(/_py3(\d\d)_/.exec(script)?.[1] ?? OLDEST);
}

async function compareAll(minor: number): Promise<boolean> {
  const scripts = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
    name.endsWith(".py")
  ).sort();
  const skipped = scripts.filter((script) => needed(script) > minor);
  for (const script of skipped) console.log(`skipped  ${script}: needs 3.${needed(script)}`);

  let wrong = 0;
  for (const script of scripts.filter((script) => !skipped.includes(script))) {
    const stored = Deno.readTextFileSync(new URL(script.replace(/py$/, "out"), FOLDER));
    const printed = await python(script);
    if (printed === stored) continue;
    wrong++;
    console.error(`differs  ${script}\n--- stored\n${stored}--- printed\n${printed}`);
  }
  const same = scripts.length - skipped.length - wrong;
  console.log(
    `CPython 3.${minor}: ${same} traces confirmed, ${wrong} differ, ${skipped.length} skipped`,
  );
  return wrong === 0;
}

const version = await python("-c", "import sys; print(sys.version_info[0], sys.version_info[1])");
const [major, minor] = version?.split(" ").map(Number) ?? [];
if (major !== 3 || minor < OLDEST) {
  console.log(`skipped: ${interpreter} is missing or older than Python 3.${OLDEST}`);
} else if (!await compareAll(minor)) {
  Deno.exit(1);
}
