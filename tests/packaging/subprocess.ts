/**
 * Runs programs in processes of their own, as their users do.
 *
 * @module
 */

import type { Report } from "./program.ts";

/** Long enough for the slowest machine; whoever needs more hangs. */
const PATIENCE = 60_000;

/**
 * Runs a command to its end and returns what it printed; throws when it fails or hangs.
 *
 * @param patience After how many milliseconds it is taken to hang.
 */
export async function output(
  command: string,
  args: string[],
  options: Deno.CommandOptions = {},
  patience: number = PATIENCE,
): Promise<string> {
  const signal = AbortSignal.timeout(patience);
  const process = new Deno.Command(command, { ...options, args, signal });
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  if (code === 0) return decoder.decode(stdout);
  const end = signal.aborted ? `was still running after ${patience} ms` : `exited with ${code}`;
  throw new Error(`${command} ${args.join(" ")} ${end}\n${decoder.decode(stderr)}`);
}

/** Runs a program under Deno with no permissions but those given, and never asks for more. */
export function outputOfDeno(args: string[], options?: Deno.CommandOptions): Promise<string> {
  const env = { ...options?.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const always = ["run", "--no-prompt", "--no-lock", "--no-config"];
  return output(Deno.execPath(), [...always, ...args], { ...options, env });
}

/** What a module and all that it imports, packages included, come to in one script. */
export function bundle(module: string, ...options: string[]): Promise<string> {
  const args = ["bundle", "--quiet", "--platform", "browser", ...options, module];
  return output(Deno.execPath(), args);
}

/** The source of a program that prints a {@linkcode Report} as JSON. */
export function reporter(library: string, program: string, core: "wasm" | "js"): string {
  return `
    import * as wasyncio from ${JSON.stringify(library)};
    import { report } from ${JSON.stringify(program)};
    console.log(JSON.stringify(await report(wasyncio, "${core}")));
  `;
}

/** Reads what a {@linkcode reporter} printed. */
export function parseReport(text: string): Report {
  return JSON.parse(text);
}
