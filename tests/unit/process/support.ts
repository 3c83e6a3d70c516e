/**
 * What the tests of child processes share.
 *
 * @module
 */

const decoder = new TextDecoder();

/** Bytes as text. */
export const text = (bytes: Uint8Array | null): string | null => bytes && decoder.decode(bytes);

/** Whether the system knows a process, be it as one that has ended and was not waited for. */
export function exists(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

/** A shell's command line for a child that no SIGTERM ends, and that says when it has got so far. */
export const DEAF = "trap '' TERM; echo deaf; while :; do sleep 0.05; done";
