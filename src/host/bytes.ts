/**
 * What a host must give to whoever sends and receives bytes: sockets and pipes alike.
 *
 * All of it calls back, in a turn of the host's, and never before it returns. There is no promise in
 * it, since those who wait do so by `suspend`. An error is what the host itself has thrown; the file
 * of the host that gave the channel says what its errno is.
 *
 * @module
 */

/**
 * Bytes in memory that nobody shares: `Uint8Array<ArrayBuffer>`, as compilers before TypeScript 5.7 say
 * it as well.
 */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** Bytes that arrive. */
export interface ByteSource {
  /**
   * Reads what there is, waiting for one byte at least. One read at a time.
   *
   * @param buffer Where to put it; the host's until it has called back.
   * @param done Is called with how many bytes there were; with `null` at the end.
   * @param failed Is called with the host's error.
   */
  read(
    buffer: Bytes,
    done: (count: number | null) => void,
    failed: (error: unknown) => void,
  ): void;
}

/** Bytes that leave. */
export interface ByteSink {
  /**
   * Whether the system holds back a small write until what was written before is acknowledged, which may
   * take 40 ms: Nagle's algorithm. Without it, it doesn't.
   */
  readonly holdsBack?: boolean;
  /**
   * Writes some of the bytes, one at least. One write at a time.
   *
   * @param data What to write; it must not change until the host has called back.
   * @param done Is called with how many bytes were taken.
   * @param failed Is called with the host's error.
   */
  write(
    data: Bytes,
    done: (count: number) => void,
    failed: (error: unknown) => void,
  ): void;
  /**
   * Ends this direction, after all writes have called back; the other one goes on.
   *
   * @param done Is called when the host has taken that.
   * @param failed Is called with the host's error.
   */
  end(done: () => void, failed: (error: unknown) => void): void;
}

/** A connection or a pipe; what it hasn't, such as the input of a child's output, is `null`. */
export interface ByteChannel {
  /** What can be read from. */
  readonly source: ByteSource | null;
  /** What can be written to. */
  readonly sink: ByteSink | null;
  /** Closes it at once. What is under way fails or never calls back; doing so again is harmless. */
  close(): void;
  /**
   * The errno's name of an error of this channel's; `null` for one that isn't of the operating
   * system, such as a missing permission.
   */
  codeOf(error: unknown): string | null;
}
