/**
 * Errors that come from threads: what is sent of them, and how they are made again of that.
 *
 * @module
 */
import type { EncodedError } from "./protocol.ts";

type ErrorClass = new (message: string) => Error;

/**
 * Makes the function that encodes errors. It runs inside the thread, where it comes as its source text: it
 * sees nothing of this file.
 */
export function errorEncoder(): (error: unknown) => EncodedError {
  const host = globalThis as unknown as Record<string, unknown>;
  let count = 0;

  function encode(error: unknown, depth = 0): EncodedError {
    if (depth === 0) count = 0;
    try {
      if (isError(error)) return encodeError(error, depth);
      const isSimple = error === null || !/object|function|symbol/.test(typeof error);
      // What is thrown may be any object; of a cause there is no telling whether it can be cloned.
      return [null, isSimple || depth === 0 ? error : String(error)];
    } catch {
      return ["Error", "Error", "An error that can't be read"];
    }
  }

  function isError(error: unknown): error is Error {
    return error instanceof Error || error instanceof DOMException;
  }

  function encodeError(error: Error, depth: number): EncodedError {
    const kinds = [
      ..."AggregateError EvalError RangeError ReferenceError SuppressedError".split(" "),
      ..."SyntaxError TypeError URIError DOMException".split(" "),
    ];
    const isA = (kind: string) =>
      typeof host[kind] === "function" && error instanceof (host[kind] as ErrorConstructor);
    const extras: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(error)) {
      if (value === null || !/object|function|symbol/.test(typeof value)) extras[key] = value;
    }
    const { cause, errors } = error as { cause?: unknown; errors?: unknown };
    // Errors that are in one another in several ways would have no end that anybody lives to see.
    const goesOn = depth < 8 && ++count < 1000;
    const parts = isA("SuppressedError") ? ["error", "suppressed"] : [];
    return [
      kinds.find(isA) ?? "Error",
      String(error.name),
      String(error.message),
      error.stack === undefined ? "" : String(error.stack),
      extras,
      goesOn && "cause" in error ? encode(cause, depth + 1) : null,
      goesOn && Array.isArray(errors) ? errors.map((each) => encode(each, depth + 1)) : null,
      goesOn ? parts.map((key) => [key, encode((error as never)[key], depth + 1)]) : [],
    ];
  }

  return encode;
}

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
