/**
 * Who takes part: how each contender is loaded, and what it looks like in tables and in the chart.
 *
 * @module
 */
import type { Contender } from "./cases.ts";

/** What is known of a contender before it is loaded. */
export interface Entry {
  /** What it is called. */
  readonly label: string;
  /** The head of its column. */
  readonly short: string;
  /** Its colour in the chart, distinct for colour-blind eyes too; without one it is left out. */
  readonly color?: string;
  /** Its mark in the chart. */
  readonly mark?: "circle" | "square" | "diamond" | "triangle";
  /** Loads it, and nothing else into the process; those without run under CPython. */
  readonly load?: () => Promise<Contender>;
}

const entries = {
  wasyncio: {
    label: "wasyncio",
    short: "wasyncio",
    color: "#d55e00",
    mark: "circle",
    load: async () => (await import("./contenders/wasyncio.ts")).wasyncio("wasm"),
  },
  "wasyncio-js": {
    label: "wasyncio on its TypeScript core",
    short: "TypeScript core",
    load: async () => (await import("./contenders/wasyncio.ts")).wasyncio("js"),
  },
  native: {
    label: "native promises",
    short: "native",
    color: "#222222",
    mark: "diamond",
    load: async () => (await import("./contenders/native.ts")).native,
  },
  generators: {
    label: "bare generators in a loop",
    short: "bare generators",
    load: async () => (await import("./contenders/generators.ts")).generators,
  },
  effect: {
    label: "Effect as it comes",
    short: "Effect",
    color: "#0072b2",
    mark: "square",
    load: async () => (await import("./contenders/effect.ts")).effect("default"),
  },
  "effect-lean": {
    label: "Effect without AsyncResource, as in a browser",
    short: "Effect lean",
    load: () => leanEffect("default"),
  },
  "effect-sync": {
    label: "Effect without AsyncResource, on microtasks",
    short: "Effect microtasks",
    color: "#56b4e9",
    mark: "square",
    load: () => leanEffect("sync"),
  },
  effection: {
    label: "Effection",
    short: "Effection",
    color: "#cc79a7",
    mark: "triangle",
    load: async () => (await import("./contenders/effection.ts")).effection,
  },
  asyncio: { label: "CPython's asyncio", short: "asyncio", color: "#009e73", mark: "triangle" },
  uvloop: { label: "uvloop", short: "uvloop", color: "#e69f00", mark: "triangle" },
} satisfies Record<string, Entry>;

/** The name of a contender. */
export type ContenderName = keyof typeof entries;

/** All of them, in the order of columns. */
export const contenders: Readonly<Record<ContenderName, Entry>> = entries;

/** Their names, in the order of columns. */
export const contenderNames = Object.keys(entries) as ContenderName[];

/** Effect's settings, of which the best counts. */
export const effectSettings = ["effect", "effect-lean", "effect-sync"] as const;

/**
 * Effect makes an `AsyncResource` for each suspension where it finds `node:async_hooks`, and under
 * Deno that is most of what a switch costs. Without it Effect runs as it does in a browser.
 */
async function leanEffect(mode: "default" | "sync"): Promise<Contender> {
  const { default: process } = await import("node:process");
  (process as { getBuiltinModule: unknown }).getBuiltinModule = undefined;
  return (await import("./contenders/effect.ts")).effect(mode);
}
