/**
 * As much of the types of Node's modules as is used here: whoever compiles a program need not have
 * them.
 *
 * @module
 */

/** What tells of events. */
export interface Emitter {
  on(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
}

/** What all streams have. */
interface Stream extends Emitter {
  /** The error by which it was destroyed. */
  readonly errored?: Error | null;
  readonly destroyed: boolean;
  destroy(error?: Error | null): unknown;
}

/** A stream of what arrives. */
export interface Readable extends Stream {
  /** Whether all was read, and the end was told. */
  readonly readableEnded: boolean;
  push(chunk: Uint8Array | null, encoding?: string): boolean;
  pause(): unknown;
  resume(): unknown;
}

/** A stream of what leaves. */
export interface Writable extends Stream {
  /** How many bytes were written whose write has not called back. */
  readonly writableLength: number;
  write(data: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(done?: (error?: Error | null) => void): unknown;
}

/** A stream of both. */
export interface Duplex extends Readable, Writable {}

/** What a stream made by hand does. */
export interface DuplexOptions {
  allowHalfOpen?: boolean;
  autoDestroy?: boolean;
  read?(): void;
  write?(chunk: Uint8Array, encoding: string, done: (error?: Error | null) => void): void;
  final?(done: (error?: Error | null) => void): void;
  destroy?(error: Error | null, done: (error?: Error | null) => void): void;
}

/** node:stream */
export interface StreamModule {
  readonly Duplex: new (options: DuplexOptions) => Duplex;
}

/** A socket of node:net's. */
export interface NetSocket extends Duplex {
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
}

/** A server of node:net's. */
export interface NetServer extends Emitter {
  listen(options: Record<string, unknown>): unknown;
  address(): { address: string; port: number } | string | null;
  close(done?: (error?: Error) => void): unknown;
}

/** node:net */
export interface NetModule {
  connect(options: Record<string, unknown>): NetSocket;
  createServer(
    options: Record<string, unknown>,
    onConnection: (socket: NetSocket) => void,
  ): NetServer;
  isIP(text: string): number;
}

/** node:tls */
export interface TlsModule {
  readonly rootCertificates: readonly string[];
  readonly TLSSocket: new (stream: Duplex, options: Record<string, unknown>) => Duplex;
  connect(options: Record<string, unknown>): Duplex;
  createSecureContext(options: Record<string, unknown>): object;
  /** Since 22.15 and 23.10. */
  getCACertificates?(type: "default"): string[];
}

/** A process of node:child_process's. */
export interface ChildProcess extends Emitter {
  /** Undefined where it could not be started. */
  readonly pid?: number;
  readonly stdin: Duplex | null;
  readonly stdout: Duplex | null;
  readonly stderr: Duplex | null;
  kill(signal: string): boolean;
  unref(): void;
}

/** node:child_process */
export interface ChildProcessModule {
  spawn(program: string, args: readonly string[], options: Record<string, unknown>): ChildProcess;
}

/** node:fs */
export interface FsModule {
  existsSync(path: string): boolean;
}

/** node:os */
export interface OsModule {
  readonly constants: { readonly signals: Readonly<Record<string, number>> };
}
