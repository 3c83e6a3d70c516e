/**
 * What the threads do: reading a file, and computing its hash.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { cancelled } from "../../workers.ts";

/** How many bytes are read at a time. */
const CHUNK = 1 << 20;

/**
 * The SHA-256 of a file.
 *
 * @param path Where the file is.
 * @param progress Is shared by all threads: the bytes that they have read so far.
 */
export function hash(path: string, progress: BigInt64Array): string {
  const sha = createHash("sha256");
  const buffer = new Uint8Array(CHUNK);
  using file = Deno.openSync(path);
  for (;;) {
    const count = file.readSync(buffer);
    // Nobody gets the result of a job that was cancelled; it only has to end.
    if (count === null || cancelled()) return sha.digest("hex");
    sha.update(buffer.subarray(0, count));
    Atomics.add(progress, 0, BigInt(count));
  }
}
