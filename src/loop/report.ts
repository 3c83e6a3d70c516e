/**
 * How errors and warnings are printed where no exception handler takes them.
 *
 * @module
 */
import type { ExceptionContext } from "./event_loop.ts";

/** Prints an error that nobody caught. */
export function printReport(context: ExceptionContext): void {
  console.error(...report(context));
}

/** Prints what debug mode has found. */
export function printWarning(context: ExceptionContext): void {
  console.warn(...report(context));
}

function report({ message, exception, task, handle }: ExceptionContext): unknown[] {
  let text = `wasyncio: ${message}`;
  if (task !== undefined && !message.includes(task.name)) text += `\n  task: ${task.name}`;
  if (handle !== undefined && handle.cancelled()) {
    text += "\n  the callback was cancelled meanwhile";
  }
  return exception === undefined ? [text] : [text + "\n", exception];
}
