/**
 * Node's own modules, without an import that a bundler for browsers would trip over, and without
 * loading one before it is used.
 *
 * @module
 */
import { InvalidStateError } from "../../errors.ts";

/** As much of Node's `process` as is needed to get at the rest. */
interface Process {
  readonly versions?: { readonly node?: string; readonly bun?: string };
  getBuiltinModule?(name: string): unknown;
}

/** Whether this is Node, or a host that says it is one. */
export function isNode(): boolean {
  return nodeVersion() !== null;
}

/** Whether it only says so, and is Bun. */
export function isBun(): boolean {
  const { process } = globalThis as { process?: Process };
  return process?.versions?.bun !== undefined;
}

/** The major and minor number of Node's version; `null` in other hosts. */
export function nodeVersion(): [major: number, minor: number] | null {
  const { process } = globalThis as { process?: Process };
  const version = process?.versions?.node;
  if (typeof version !== "string") return null;
  const [major, minor] = version.split(".").map(Number);
  return [major, minor];
}

/**
 * One of Node's modules, such as "node:net".
 *
 * @throws {InvalidStateError} Where Node is too old to give it to a module that doesn't import it.
 */
export function builtin<T>(name: string): T {
  const { process } = globalThis as { process?: Process };
  if (typeof process?.getBuiltinModule !== "function") {
    const version = process?.versions?.node ?? "an unknown version";
    throw new InvalidStateError(
      `Sockets and processes need Node 20.16 or later, in its line 22 22.3, got ${version}`,
    );
  }
  return process.getBuiltinModule(name) as T;
}
