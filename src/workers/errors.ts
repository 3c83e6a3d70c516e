/**
 * Errors that come from threads, made again as they were there.
 *
 * @module
 */
import type { EncodedError } from "./protocol.ts";

type ErrorClass = new (message: string) => Error;

/** An error that a thread has encoded, or whatever else was thrown there. */
export function decodeError(encoded: EncodedError): unknown {
  const [kind, name, message = "", stack, extras, cause, errors, parts = []] = encoded;
  if (kind === null) return name;
  const error = make(kind, name as string, message);
  const define = (key: string, value: unknown) =>
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  if (error.name !== name) define("name", name);
  if (stack !== undefined) define("stack", stack);
  if (cause) define("cause", decodeError(cause));
  if (errors) define("errors", errors.map(decodeError));
  for (const [key, part] of parts) define(key, decodeError(part));
  return Object.assign(error, extras);
}

function make(kind: string, name: string, message: string): Error {
  const host = globalThis as unknown as Record<string, unknown>;
  if (kind === "AggregateError") return new AggregateError([], message);
  // A host may lack the class that another has.
  const Class = typeof host[kind] === "function" ? host[kind] : Error;
  if (kind === "SuppressedError" && Class !== Error) {
    return new (Class as new (...args: unknown[]) => Error)(undefined, undefined, message);
  }
  if (kind !== "DOMException") return new (Class as ErrorClass)(message);
  return new (Class as new (message: string, name: string) => Error)(message, name);
}
