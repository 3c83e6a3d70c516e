/**
 * How errors and warnings are put into words, and printed where no exception handler takes them.
 *
 * @module
 */
import { cut, describe } from "../check.ts";
import { tidy } from "../kernel/stack.ts";
import type { Task } from "../task/task.ts";
import type { ExceptionContext } from "./event_loop.ts";

/** What tasks wait for and where, some lines for each; of many, the first ten. */
export function listTasks(tasks: Task<unknown>[]): string {
  const lines = tasks.slice(0, 10).map((task) =>
    [task, ...task.getStack().map((line) => `  at ${line}`)].join("\n    ")
  );
  if (tasks.length > lines.length) lines.push(`and ${tasks.length - lines.length} more`);
  return `\n    ${lines.join("\n    ")}`;
}

/** Where something was made, below a message; nothing where that is not known. */
export function madeAt(where = ""): string {
  return below("it was made at", where === "" ? [] : [where]);
}

/** A stack, below a message. */
export function below(title: string, stack: string[]): string {
  return stack.length === 0 ? "" : `\n  ${title}\n${stack.map((line) => `    ${line}`).join("\n")}`;
}

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
