/**
 * What the numbers depend on: the machine, and the versions of everything.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { repository } from "./processes.ts";

/** An interpreter of Python. */
export interface Python {
  executable: string;
  python: string;
  implementation: string;
  uvloop: string | null;
}

/** What the numbers depend on. */
export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memory: string;
  system: string;
  load: number;
  deno: string;
  v8: string;
  wasyncio: string;
  effect: string;
  effection: string;
  asyncio?: Python;
  uvloop?: Python;
}

interface Config {
  version: string;
  imports: Record<string, string>;
}

/** Looks at everything. */
export async function describeMachine(): Promise<Machine> {
  const config: Config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", repository)));
  const pythons = await findPythons();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpuModel(),
    cores: navigator.hardwareConcurrency,
    memory: `${Math.round(Deno.systemMemoryInfo().total / 2 ** 30)} GiB`,
    system: `${Deno.build.os} ${/^\d+\.\d+/.exec(Deno.osRelease())?.[0] ?? ""}, ${Deno.build.arch}`,
    load: Deno.loadavg()[0],
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    wasyncio: config.version,
    effect: versionOf(config.imports["effect/"]),
    effection: versionOf(config.imports["effection"]),
    asyncio: pythons[0],
    uvloop: pythons.find((python) => python.uvloop !== null),
  };
}

function versionOf(specifier: string): string {
  return /@([\d.]+)/.exec(specifier)?.[1] ?? specifier;
}

function cpuModel(): string {
  try {
    const info = Deno.readTextFileSync("/proc/cpuinfo");
    return /^model name\s*:\s*(.+)$/m.exec(info)?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

/** All interpreters on the PATH, and the system's own, which is where packages of it land. */
async function findPythons(): Promise<Python[]> {
  const script = fileURLToPath(new URL("bench/contenders/asyncio_cases.py", repository));
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const found = new Map<string, Python>();
  for (
    const command of new Set([...folders.map((folder) => `${folder}/python3`), "/usr/bin/python3"])
  ) {
    try {
      const { success, stdout } = await new Deno.Command(command, {
        args: [script, "facts"],
        stdout: "piped",
        stderr: "null",
      }).output();
      if (!success) continue;
      const python: Python = JSON.parse(new TextDecoder().decode(stdout));
      if (!found.has(python.executable)) found.set(python.executable, python);
    } catch {
      // Not there, or not Python.
    }
  }
  return [...found.values()];
}
