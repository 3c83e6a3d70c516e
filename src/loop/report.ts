/**
 * How errors and warnings are printed where no exception handler takes them.
 *
 * @module
 */
import { cut, describe } from "../check.ts";
import { tidy } from "../kernel/stack.ts";
import type { ExceptionContext } from "./event_loop.ts";

/** Prints an error that nobody caught, or what debug mode has found; never throws. */
export function print(method: "error" | "warn", context: ExceptionContext): void {
  const { message, task, handle, exception } = context;
  let text = `wasyncio: ${message}`;
  const name = task === undefined ? "" : cut(task.name);
  if (!message.includes(name)) text += `\n  task: ${name}`;
  if (handle?.cancelled()) text += "\n  the callback was cancelled meanwhile";
  if (!("exception" in context)) return console[method](text);
  text += "\n";
  tidy(exception);
  try {
    console[method](text, exception);
  } catch {
    // The error can't be printed: its own inspection throws.
    console[method](text, describe(exception));
  }
}
