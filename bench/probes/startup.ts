/**
 * Measures how much longer a program takes from start to end with the library than without: an empty
 * one, one that imports the sources and runs an empty coroutine, and one that does so with the released
 * files. They take turns, because a machine gets warm and busy.
 *
 *     deno run -A bench/probes/startup.ts 101
 *
 * It prints the times in milliseconds as JSON, and with `--text` their medians.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../measure.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** How often each program is started, unless the command says. */
const STARTS = 21;

/** The shortest program that uses what it imports. */
function using(library: string): string {
  return `import { run } from ${JSON.stringify(`file://${library}`)}; await run(function* () {});`;
}

async function deno(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function measure(starts: number): Promise<Record<string, number[]>> {
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
  try {
    const released = join(directory, "dist");
    await deno("run", "-A", "--quiet", join(root, "scripts/packages/dist.ts"), released);
    const programs = {
      empty: "export {};",
      sources: using(join(root, "mod.ts")),
      released: using(join(released, "mod.ts")),
    };
    const times: Record<string, number[]> = {};
    for (const [name, program] of Object.entries(programs)) {
      times[name] = [];
      await Deno.writeTextFile(join(directory, `${name}.ts`), program);
    }
    // The first start of each fills Deno's caches.
    for (let i = -1; i < starts; i++) {
      for (const [name, taken] of Object.entries(times)) {
        const start = performance.now();
        await deno("run", "--quiet", "--no-config", "--no-lock", join(directory, `${name}.ts`));
        if (i >= 0) taken.push(performance.now() - start);
      }
    }
    return times;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  const times = await measure(Number(Deno.args.find((arg) => /^\d+$/.test(arg)) ?? STARTS));
  if (Deno.args.includes("--text")) {
    for (const [name, taken] of Object.entries(times)) {
      const more = median(taken) - median(times.empty);
      console.log(`${name.padEnd(10)}${median(taken).toFixed(2)} ms, ${more.toFixed(2)} more`);
    }
  } else {
    console.log(JSON.stringify(times));
  }
}
