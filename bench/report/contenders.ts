/**
 * Who takes part, and what they look like in tables and in the chart.
 *
 * @module
 */
import { type SideName, sideNames } from "../sides.ts";

/** A side that runs under Deno, or one of the two that run under CPython. */
export type Contender = SideName | "asyncio" | "uvloop";

/** How a contender is shown. */
export interface Look {
  /** What it is called. */
  label: string;
  /** The head of its column. */
  short: string;
  /** Its colour in the chart, distinct for colour-blind eyes too; without one it is left out. */
  color?: string;
  /** Its mark in the chart. */
  mark?: "circle" | "square" | "diamond" | "triangle";
}

/** All of them, in the order of columns. */
export const looks: Record<Contender, Look> = {
  wasyncio: { label: "wasyncio", short: "wasyncio", color: "#d55e00", mark: "circle" },
  "wasyncio-js": { label: "wasyncio on its TypeScript core", short: "TypeScript core" },
  native: { label: "native promises", short: "native", color: "#222222", mark: "diamond" },
  generators: { label: "bare generators in a loop", short: "bare generators" },
  effect: { label: "Effect as it comes", short: "Effect", color: "#0072b2", mark: "square" },
  "effect-lean": { label: "Effect without AsyncResource, as in a browser", short: "Effect lean" },
  "effect-sync": {
    label: "Effect without AsyncResource, on microtasks",
    short: "Effect microtasks",
    color: "#56b4e9",
    mark: "square",
  },
  effection: { label: "Effection", short: "Effection", color: "#cc79a7", mark: "triangle" },
  asyncio: { label: "CPython's asyncio", short: "asyncio", color: "#009e73", mark: "triangle" },
  uvloop: { label: "uvloop", short: "uvloop", color: "#e69f00", mark: "triangle" },
};

/** Their names, in the order of columns. */
export const contenders = Object.keys(looks) as Contender[];

/** Whether it runs under Deno. */
export function isSide(contender: Contender): contender is SideName {
  return (sideNames as string[]).includes(contender);
}

/** Effect's settings, of which the best counts. */
export const effectSettings = ["effect", "effect-lean", "effect-sync"] as const;
