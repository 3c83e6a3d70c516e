/**
 * Handlers of connections, of whichever kind, and how they are called.
 *
 * @module
 */
import type { StreamReader } from "../streams/reader.ts";
import type { StreamWriter } from "../streams/writer.ts";
import { type Awaitable, awaitResultOf, isAwaitable } from "../task/awaitable.ts";
import { type Coroutine, isGeneratorFunction } from "../task/generator.ts";

/**
 * What serves one client: a coroutine function, an async function or a plain one. What it results in
 * means nothing.
 *
 * @example
 * ```ts
 * const echo: ConnectionHandler = function* (reader, writer) {
 *   yield* iterate(reader, function* (line) {
 *     writer.write(line);
 *     yield* writer.drain();
 *   });
 * };
 * ```
 */
export type ConnectionHandler = (
  reader: StreamReader,
  writer: StreamWriter,
) => unknown;

/** What the task of a client runs. */
export function coroutineOf(
  handler: ConnectionHandler,
  reader: StreamReader,
  writer: StreamWriter,
): Coroutine<unknown> {
  if (!isGeneratorFunction(handler)) return callInTask(() => handler(reader, writer));
  // It does nothing yet.
  try {
    return handler(reader, writer) as Coroutine<unknown>;
  } catch (error) {
    // But bind its parameters, if they are no names.
    return callInTask(() => {
      throw error;
    });
  }
}

function* callInTask(handler: () => unknown): Coroutine<unknown> {
  return yield* awaitResultOf(() => {
    const result = handler();
    // As in asyncio, a plain function may return what it likes; a function is somebody's mistake.
    if (isAwaitable(result) || typeof result === "function") return result as Awaitable<unknown>;
  }, "handler");
}
