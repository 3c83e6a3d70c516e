// What the translated scenarios share: the printer, Python's `except`, and Python's names for errors.

import { isCoroutine, run, type RunOptions } from "../../mod.ts";
import type { Address } from "../../net.ts";

/** Prints one line of the trace, in the format of the Python scripts' own `say`. */
export type Say = (...values: unknown[]) => void;

/** `run` on the core under test and on a virtual clock; a scenario may add options of its own. */
export type Run = typeof run;

/**
 * A translated script. One that is a generator function stands for `asyncio.run(main())`; one that
 * is an async function calls `run` itself, where the script does something before or after it.
 */
export type Scenario = (say: Say, run: Run) => Generator<unknown, unknown, unknown> | Promise<void>;

/** The names under which Python knows the errors that JavaScript has a word of its own for. */
const PYTHON_NAMES: Record<string, string> = {
  AggregateError: "ExceptionGroup",
  InvalidStateError: "RuntimeError",
  Number: "int",
  RangeError: "ValueError",
};

/** Python's `type(value).__name__`. */
export function typeName(value: unknown): string {
  const name = Object(value).constructor.name;
  return PYTHON_NAMES[name] ?? name;
}

/** Python's `except Kind as error:`, as the first line of a `catch`: any other error flies on. */
export function except<E extends Error>(
  error: unknown,
  kind: abstract new (...args: never[]) => E,
): E {
  if (error instanceof kind) return error;
  throw error;
}

/** Python's `KeyError`, which has no counterpart among JavaScript's own errors. */
export class KeyError extends Error {
  override name = "KeyError";
}

/** The port of a server on a loopback address. */
export function portOf({ sockname }: { readonly sockname: Address }): number {
  return (sockname as { port: number }).port;
}

/** Runs a scenario and returns its trace; an error that escapes it becomes the last line. */
export async function traceOf(scenario: Scenario, options: RunOptions): Promise<string> {
  const lines: string[] = [];
  const say: Say = (...values) => lines.push(values.map(format).join(" "));
  const runHere: Run = (main, more) => run(main, { ...options, ...more });
  try {
    const main = scenario(say, runHere);
    await (isCoroutine(main) ? runHere(main) : main);
  } catch (error) {
    lines.push(error instanceof Error ? error.stack ?? String(error) : String(error));
  }
  return lines.map((line) => line + "\n").join("");
}

function format(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (value === null || value === undefined) return "none";
  if (value instanceof Uint8Array) return new TextDecoder().decode(value).replaceAll("\n", "\\n");
  if (Array.isArray(value)) return `[${value.map(format).join(" ")}]`;
  return value instanceof Error ? value.message : String(value);
}
