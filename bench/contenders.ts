/**
 * The sides of the comparison that run under Deno.
 *
 * @module
 */
import type { Side } from "./cases.ts";

/** How to load each side; only what is loaded shares the process. */
export const sides = {
  native: async () => (await import("./sides/native.ts")).default,
  wasyncio: async () => (await import("./sides/wasyncio.ts")).wasyncio("wasm"),
  "wasyncio-js": async () => (await import("./sides/wasyncio.ts")).wasyncio("js"),
  effect: async () => (await import("./sides/effect.ts")).effect("default"),
  "effect-lean": () => leanEffect("default"),
  "effect-sync": () => leanEffect("sync"),
  generators: async () => (await import("./sides/generators.ts")).default,
  effection: async () => (await import("./sides/effection.ts")).default,
} satisfies Record<string, () => Promise<Side>>;

/** The name of a side. */
export type SideName = keyof typeof sides;

/** The names of all sides, the baseline first. */
export const sideNames = Object.keys(sides) as SideName[];

/**
 * Effect makes an `AsyncResource` for each suspension where it finds `node:async_hooks`, and under
 * Deno that is most of what a switch costs. Without it Effect runs as it does in a browser.
 */
async function leanEffect(mode: "default" | "sync"): Promise<Side> {
  const { default: process } = await import("node:process");
  (process as { getBuiltinModule: unknown }).getBuiltinModule = undefined;
  return (await import("./sides/effect.ts")).effect(mode);
}
