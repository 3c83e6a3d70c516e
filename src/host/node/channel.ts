/**
 * Bytes by Node's streams: sockets and pipes alike.
 *
 * @module
 */
import type { ByteChannel, Bytes, ByteSink, ByteSource } from "../bytes.ts";
import { codeOf } from "./codes.ts";
import type { Readable, Writable } from "./modules.ts";

/**
 * Bytes are handed to a stream in pieces of at most so many, because it tells only of the end of a
 * write, and those who wait for room want to hear in between.
 */
const MAX_WRITE = 65_536;

/** A read that waits. */
interface PendingRead {
  buffer: Bytes;
  done: (count: number | null) => void;
  failed: (error: unknown) => void;
}

/**
 * What arrives by a stream. It flows while somebody reads, and is paused otherwise: then Node reads
 * some 64 KiB ahead and leaves the rest with the peer.
 */
export class NodeSource implements ByteSource {
  readonly #stream: Readable;
  #pending: PendingRead | null = null;
  /** What has come while nobody read, or was more than the reader had room for. */
  #chunks: Uint8Array[] = [];
  #flows = false;
  #ended = false;
  #error: unknown = null;
  #closed = false;

  /**
   * @param stream Nobody may have read from it.
   * @param isTruncated Tells at the end, or when the stream is closed without one, whether it is none.
   */
  constructor(stream: Readable, isTruncated: (hasEnded: boolean) => boolean = () => false) {
    this.#stream = stream;
    // First, or listening would set it flowing.
    stream.pause();
    stream.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#deliver();
    });
    const end = (hasEnded: boolean) => this.#end(isTruncated(hasEnded) ? reset() : null);
    stream.on("end", () => end(true));
    stream.on("error", (error: Error) => this.#end(error));
    // Destroyed by Node: the pipes of a child that could not be started are.
    stream.on("close", () => end(false));
  }

  read(
    buffer: Bytes,
    done: (count: number | null) => void,
    failed: (error: unknown) => void,
  ): void {
    this.#pending = { buffer, done, failed };
    if (this.#chunks.length > 0 || this.#ended) queueMicrotask(() => this.#deliver());
    else this.#flow();
  }

  /** Nobody will be called back any more. */
  close(): void {
    this.#closed = true;
    this.#pending = null;
    this.#chunks = [];
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#deliver();
  }

  /** Gives readers what there is; one that is called back may read again at once. */
  #deliver(): void {
    if (this.#closed) return;
    while (this.#pending !== null && this.#chunks.length > 0) {
      const { buffer, done } = this.#pending;
      this.#pending = null;
      done(this.#take(buffer));
    }
    const pending = this.#pending;
    if (pending === null) {
      // Not before there is more than was asked for: the next read is mostly about to come. Also when a
      // child has ended, since Node then has its pipes flow, whoever reads.
      if (this.#chunks.length === 0) return;
      this.#flows = false;
      this.#stream.pause();
    } else if (this.#ended) {
      this.#pending = null;
      if (this.#error === null) pending.done(null);
      else pending.failed(this.#error);
    } else {
      this.#flow();
    }
  }

  #flow(): void {
    if (this.#flows) return;
    this.#flows = true;
    this.#stream.resume();
  }

  #take(buffer: Uint8Array): number {
    const [chunk] = this.#chunks;
    if (chunk.length <= buffer.length) {
      buffer.set(chunk);
      this.#chunks.shift();
      return chunk.length;
    }
    buffer.set(chunk.subarray(0, buffer.length));
    this.#chunks[0] = chunk.subarray(buffer.length);
    return buffer.length;
  }
}

/** The error of a peer that is gone without having said so. */
function reset(): Error {
  return Object.assign(new Error("The peer closed the connection without close_notify"), {
    code: "ECONNRESET",
  });
}

/** The error of an end that can't be told to anybody. */
function broken(): Error {
  return Object.assign(new Error("The stream is closed"), { code: "EPIPE" });
}

/** What leaves by a stream. */
export class NodeSink implements ByteSink {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    // It is told to the write that it concerns; without a listener it would end the process.
    stream.on("error", () => {});
  }

  write(
    data: Bytes,
    done: (count: number) => void,
    failed: (error: unknown) => void,
  ): void {
    const part = data.length > MAX_WRITE ? data.subarray(0, MAX_WRITE) : data;
    this.#stream.write(part, (error) => {
      if (error) failed(this.#stream.errored ?? error);
      else done(part.length);
    });
  }

  end(done: () => void, failed: (error: unknown) => void): void {
    if (this.#stream.destroyed) {
      // Node would never call back.
      queueMicrotask(() => failed(this.#stream.errored ?? broken()));
      return;
    }
    this.#stream.end((error) => error ? failed(this.#stream.errored ?? error) : done());
  }
}

/** A connection or a pipe, made of what there is of both. */
export class NodeChannel implements ByteChannel {
  readonly source: NodeSource | null;
  readonly sink: NodeSink | null;
  readonly #destroy: () => void;

  /** @param destroy Gives everything back to Node, at once. */
  constructor(source: NodeSource | null, sink: NodeSink | null, destroy: () => void) {
    this.source = source;
    this.sink = sink;
    this.#destroy = destroy;
  }

  close(): void {
    this.source?.close();
    this.#destroy();
  }

  codeOf(error: unknown): string | null {
    return codeOf(error);
  }
}
