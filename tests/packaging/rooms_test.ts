/**
 * The walls of the house: which file of `src/` lives in which room, and which rooms it may import
 * from. Types count as well, because whoever changes a type has to look at all who use it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { output } from "./subprocess.ts";

interface Room {
  /** Its files, and its folders with a slash at the end. */
  holds: string[];
  /** Where only some of the rooms above may import from it: which ones. */
  onlyFor?: string[];
}

/** From bottom to top: a room imports from rows below its own and from itself, never sideways. */
const ROWS: Room[][] = [
  [
    {
      holds: [
        "src/errors.ts",
        "src/duration.ts",
        "src/check.ts",
        "src/portable.ts",
        "src/printing.ts",
      ],
    },
    // Looks at programs and runs none, so it has no use for the others, nor they for it.
    { holds: ["src/lint/"], onlyFor: [] },
  ],
  [{ holds: ["src/core/"] }],
  [{ holds: ["src/kernel/"] }],
  [{ holds: ["src/task/"] }],
  [{ holds: ["src/loop/"] }, { holds: ["src/sync/"] }],
  [{ holds: ["src/time/"] }, { holds: ["src/combinators/"] }],
  [{ holds: ["src/run.ts"] }],
  [{
    holds: ["src/host/"],
    onlyFor: [
      "src/streams/",
      "src/net/",
      "src/http/",
      "src/process/",
      "src/workers/",
      "src/inspect/",
    ],
  }],
  [
    { holds: ["src/streams/"], onlyFor: ["src/net/", "src/http/", "src/process/"] },
    { holds: ["src/waits/"], onlyFor: ["src/testing/", "src/inspect/"] },
  ],
  [
    { holds: ["src/testing/"] },
    { holds: ["src/inspect/"] },
    { holds: ["src/net/"] },
    { holds: ["src/http/"] },
    { holds: ["src/process/"] },
    { holds: ["src/workers/"] },
    { holds: ["src/browser/"] },
    { holds: ["src/cluster/"] },
  ],
];

/** Arrows that the table forbids and that are allowed nevertheless: one type, in these words only. */
const EXCEPTIONS = [{
  from: "src/task/future.ts",
  to: "src/loop/event_loop.ts",
  by: /^import type \{ EventLoop \} from "\.\.\/loop\/event_loop\.ts";$/m,
}];

/** Doors that open on certain rooms only; others may re-export from any. */
const OPENS: Record<string, string[]> = {
  "lowlevel.ts": ["src/kernel/", "src/task/", "src/sync/"],
};

/** What a door may import without re-exporting it: it fills the kernel's hook. */
const DEFAULT_LOOP = "src/loop/default_loop.ts";

/** The doors that may act when they are imported: it is what they are for. */
const ACTING_DOORS = ["inspect.ts", "inspect_listen.ts"];

/** One import of one module by another. */
interface Arrow {
  from: string;
  to: string;
  /** Whether it is gone at run time. */
  isType: boolean;
}

const ROOT = new URL("../../", import.meta.url);
const doors = Object.values(config.exports).map((path) => path.replace(/^\.\//, ""));
const sources = [...filesIn("src/")].sort();
const arrows = await readArrows([...doors, ...sources]);

function* filesIn(folder: string): Generator<string> {
  for (const { isDirectory, name } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* filesIn(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Asks Deno what the files import, directly or not. */
async function readArrows(files: string[]): Promise<Arrow[]> {
  interface Dependency {
    code?: { specifier: string };
    type?: { specifier: string };
  }
  const seen = new Set<string>();
  const arrows: Arrow[] = [];
  for (const file of files) {
    if (seen.has(file)) continue;
    const text = await output(Deno.execPath(), ["info", "--json", file], { cwd: ROOT });
    const { modules } = JSON.parse(text) as {
      modules: { specifier: string; dependencies?: Dependency[] }[];
    };
    for (const { specifier, dependencies = [] } of modules) {
      const from = relative(specifier);
      if (seen.has(from)) continue;
      seen.add(from);
      for (const { code, type } of dependencies) {
        if (code) arrows.push({ from, to: relative(code.specifier), isType: false });
        if (type) arrows.push({ from, to: relative(type.specifier), isType: true });
      }
    }
  }
  return arrows;
}

/** The specifier as a path inside the checkout; anything outside stays a URL. */
function relative(specifier: string): string {
  return specifier.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : specifier;
}

/** The room of a file and the number of its row; `null` if it has none. */
function roomOf(file: string): { room: Room; row: number } | null {
  for (const [row, rooms] of ROWS.entries()) {
    for (const room of rooms) {
      if (isHeldBy(room.holds, file)) return { room, row };
    }
  }
  return null;
}

/** Whether a file is among these, or in one of these folders. */
function isHeldBy(holds: string[], file: string): boolean {
  return holds.some((path) => path.endsWith("/") ? file.startsWith(path) : file === path);
}

/** The arrows within `src/` that go through a wall, each with the reason. */
function findForbidden(arrows: Arrow[], read: (path: string) => string): string[] {
  const forbidden: string[] = [];
  for (const arrow of arrows) {
    const { from, to } = arrow;
    const [own, other] = [roomOf(from), roomOf(to)];
    if (own === null || other === null || own.room === other.room) continue;
    if (isException(arrow, read)) continue;
    const { onlyFor } = other.room;
    const reason = other.row > own.row
      ? "which is above it"
      : other.row === own.row
      ? "which is beside it"
      : onlyFor !== undefined && !isHeldBy(onlyFor, from)
      ? "which is there for others"
      : null;
    if (reason !== null) forbidden.push(`${from} imports from ${to}, ${reason}`);
  }
  return forbidden;
}

function isException({ from, to, isType }: Arrow, read: (path: string) => string): boolean {
  return isType &&
    EXCEPTIONS.some((each) =>
      each.from === from && each.to === to && each.by.test(read(from)) &&
      // No second import of other names from there.
      read(from).split(`/${to.split("/").at(-1)}"`).length === 2
    );
}

/** Follows the imports that remain at run time, and returns the first path that meets itself. */
function findCycle(arrows: Arrow[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to, isType } of arrows) {
    if (!isType) targets.set(from, [...targets.get(from) ?? [], to]);
  }
  const finished = new Set<string>();
  function visit(module: string, path: string[]): string[] {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (finished.has(module)) return [];
    for (const target of targets.get(module) ?? []) {
      const cycle = visit(target, [...path, module]);
      if (cycle.length > 0) return cycle;
    }
    finished.add(module);
    return [];
  }
  for (const module of targets.keys()) {
    const cycle = visit(module, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

/** What is left of a door's source when everything is taken away that a door may contain. */
function findActs(door: string, source: string): string {
  const bare = source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "")
    .replaceAll(/export (?:type )?(?:\{[^{}]*\}|\*(?: as \w+)?) from "\.\/src\/[\w/]+\.ts";/g, "")
    .replace(`import "./${DEFAULT_LOOP}";`, "");
  const acting = /import "\.\/src\/inspect\/\w+\.ts";/g;
  return (ACTING_DOORS.includes(door) ? bare.replaceAll(acting, "") : bare).trim();
}

Deno.test("each file of src/ has a room", () => {
  assertEquals(sources.filter((file) => roomOf(file) === null), []);
});

Deno.test("a room imports from rooms below it and from itself, types included", () => {
  assertEquals(findForbidden(arrows, read), []);
});

Deno.test("no module imports itself through others at run time", () => {
  assertEquals(findCycle(arrows).join(" → "), "");
});

Deno.test("each file of src/ works when it is imported alone", async () => {
  // One process for each: in one that has loaded the others, the order of imports could not be wrong.
  const failed: string[] = [];
  const queue = sources.values();
  const worker = async () => {
    for (const source of queue) {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-check", source],
        cwd: ROOT,
        env: { NO_COLOR: "1" },
      }).output();
      if (code !== 0) failed.push(`${source}: ${new TextDecoder().decode(stderr)}`);
    }
  };
  await Promise.all([worker(), worker()]);
  assertEquals(failed, []);
});

Deno.test("outside a loop, and without a default one, an operation says so", async () => {
  const program = `
    import { sleep } from ${JSON.stringify(new URL("src/time/sleep.ts", ROOT).href)};
    try {
      await sleep(1);
    } catch (error) {
      console.log(error.name);
    }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "InvalidStateError\n");
});

Deno.test("entry points import from src/ alone, and src/ from itself alone", () => {
  assert(arrows.length > doors.length);
  for (const { from, to } of arrows) {
    // What a host has, only the files for that host can ask it for.
    if (from.startsWith("src/host/") && to.startsWith("node:")) continue;
    assertMatch(to, /^src\/.+\.ts$/, `from ${from}`);
  }
});

Deno.test("src/core/ knows nothing of what is built on it", () => {
  for (const { from, to, isType } of arrows) {
    if (from.startsWith("src/core/") && !isType) assertMatch(to, /^src\/core\//, `from ${from}`);
  }
});

Deno.test("doors only re-export, and each file beside them is one", () => {
  for (const door of doors) {
    assertEquals({ door, acts: findActs(door, read(door)) }, { door, acts: "" });
  }
  const beside = [...Deno.readDirSync(ROOT)].map(({ name }) => name).filter((name) =>
    name.endsWith(".ts")
  );
  assertEquals(beside.sort(), [...doors].sort());
});

Deno.test("a door for few opens on its rooms only", () => {
  for (const { from, to } of arrows) {
    const opens = OPENS[from];
    if (opens === undefined || to === DEFAULT_LOOP) continue;
    assert(isHeldBy(opens, to), `${from} opens on ${to}`);
  }
});

Deno.test("an arrow that goes through a wall would be found", () => {
  const future = (source: string) => (path: string) => path === "src/task/future.ts" ? source : "";
  const named = 'import type { EventLoop } from "../loop/event_loop.ts";\n';
  const cases: [
    from: string,
    to: string,
    isType: boolean,
    source: string,
    reason: string | null,
  ][] = [
    ["src/sync/lock.ts", "src/sync/wait_queue.ts", false, "", null],
    ["src/sync/lock.ts", "src/errors.ts", false, "", null],
    ["src/duration.ts", "src/check.ts", false, "", null],
    ["src/run.ts", "src/combinators/gather.ts", false, "", null],
    ["src/net/server.ts", "src/host/deno.ts", false, "", null],
    ["src/testing/explore.ts", "src/waits/graph.ts", false, "", null],
    ["src/kernel/scheduler.ts", "src/task/task.ts", false, "", "above"],
    ["src/kernel/scheduler.ts", "src/task/task.ts", true, "", "above"],
    ["src/errors.ts", "src/core/core.ts", false, "", "above"],
    ["src/sync/lock.ts", "src/loop/event_loop.ts", true, "", "beside"],
    ["src/time/timeout.ts", "src/combinators/gather.ts", false, "", "beside"],
    ["src/net/server.ts", "src/http/client.ts", false, "", "beside"],
    ["src/lint/rule.ts", "src/check.ts", false, "", "beside"],
    ["src/run.ts", "src/lint/rule.ts", true, "", "others"],
    ["src/testing/explore.ts", "src/host/deno.ts", false, "", "others"],
    ["src/net/server.ts", "src/waits/graph.ts", false, "", "others"],
    ["src/task/future.ts", "src/loop/event_loop.ts", true, named, null],
    ["src/task/future.ts", "src/loop/event_loop.ts", false, named, "above"],
    ["src/task/task.ts", "src/loop/event_loop.ts", true, named, "above"],
    ["src/task/future.ts", "src/loop/debug.ts", true, named, "above"],
    [
      "src/task/future.ts",
      "src/loop/event_loop.ts",
      true,
      named.replace("{ ", "{ Executor, "),
      "above",
    ],
    ["src/task/future.ts", "src/loop/event_loop.ts", true, named + named, "above"],
  ];
  for (const [from, to, isType, source, reason] of cases) {
    const found = findForbidden([{ from, to, isType }], future(source));
    assertEquals(found.length, reason === null ? 0 : 1, `${from} → ${to}`);
    if (reason !== null) assert(found[0].includes(reason), found[0]);
  }
  assertEquals(roomOf("src/scheduler.ts"), null);
});

Deno.test("a cycle would be found, unless it is one of types", () => {
  const arrow = (from: string, to: string, isType = false) => ({ from, to, isType });
  const path = [arrow("a", "b"), arrow("a", "c"), arrow("b", "d"), arrow("c", "d")];
  assertEquals(findCycle(path), []);
  assertEquals(findCycle([...path, arrow("d", "b", true)]), []);
  assertEquals(findCycle([...path, arrow("d", "b")]), ["b", "d", "b"]);
});

Deno.test("a door that acts would be found", () => {
  const exports = `/** A door. */
export { a, type B } from "./src/a.ts";
export type { C } from "./src/b/c.ts";
export * from "./src/d.ts";
// It fills the hook.
import "./${DEFAULT_LOOP}";
`;
  const listens = 'import "./src/inspect/listen.ts";';
  assertEquals(findActs("mod.ts", exports), "");
  assertEquals(findActs("inspect.ts", exports + listens), "");
  for (
    const act of [listens, "start();", "export const a = 1;", 'import { a } from "./src/a.ts";']
  ) {
    assertEquals(findActs("mod.ts", exports + act), act);
  }
});
