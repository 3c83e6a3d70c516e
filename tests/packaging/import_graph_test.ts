import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { output } from "./subprocess.ts";

const root = new URL("../../", import.meta.url);

interface Dependency {
  specifier: string;
  /** Where the import leads at run time; `import type` has none. */
  code?: { specifier: string };
  type?: { specifier: string };
}

interface Module {
  specifier: string;
  dependencies?: Dependency[];
}

const modules = await readGraph(Object.values(config.exports));

/** Asks Deno for what the entry points import, directly or not. */
async function readGraph(entryPoints: string[]): Promise<Map<string, Dependency[]>> {
  const graph = new Map<string, Dependency[]>();
  for (const entryPoint of entryPoints) {
    const text = await output(Deno.execPath(), ["info", "--json", entryPoint], { cwd: root });
    for (const module of JSON.parse(text).modules as Module[]) {
      graph.set(relative(module.specifier), module.dependencies ?? []);
    }
  }
  return graph;
}

/** The specifier as a path inside the checkout; anything outside stays a URL. */
function relative(specifier: string): string {
  return specifier.startsWith(root.href) ? specifier.slice(root.href.length) : specifier;
}

/** Follows the imports that remain at run time, and returns the first path that meets itself. */
function findCycle(): string[] {
  const finished = new Set<string>();
  function visit(module: string, path: string[]): string[] {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (finished.has(module)) return [];
    for (const { code } of modules.get(module) ?? []) {
      const cycle = code ? visit(relative(code.specifier), [...path, module]) : [];
      if (cycle.length > 0) return cycle;
    }
    finished.add(module);
    return [];
  }
  for (const module of modules.keys()) {
    const cycle = visit(module, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

Deno.test("no module imports itself through others at run time", () => {
  assertEquals(findCycle().join(" → "), "");
});

Deno.test("entry points import from src/ alone, and src/ from itself alone", () => {
  assert(modules.size > Object.keys(config.exports).length);
  for (const [module, dependencies] of modules) {
    for (const { code, type } of dependencies) {
      for (const target of [code, type]) {
        if (target) assertMatch(relative(target.specifier), /^src\/.+\.ts$/, `from ${module}`);
      }
    }
  }
});

Deno.test("src/core/ knows nothing of what is built on it", () => {
  for (const [module, dependencies] of modules) {
    if (!module.startsWith("src/core/")) continue;
    for (const { code } of dependencies) {
      if (code) assertMatch(relative(code.specifier), /^src\/core\//, `from ${module}`);
    }
  }
});
