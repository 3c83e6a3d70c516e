/**
 * What tests of connections share: pairs of connected ends, and peers that misbehave.
 *
 * @module
 */

import net from "node:net";
import { type Coroutine, until } from "../../../mod.ts";
import {
  openConnection,
  type OpenConnectionOptions,
  type Server,
  startServer,
  type StartServerOptions,
  type StreamReader,
  type StreamWriter,
} from "../../../net.ts";

export const LOCALHOST = "127.0.0.1";

/** The port at which a server listens. */
export function portOf(server: Server): number {
  return (server.sockname as { port: number }).port;
}

/** One end of a connection. */
export interface End {
  reader: StreamReader;
  writer: StreamWriter;
}

/** Two ends, and the server that has given the second one; it keeps that until `leave` is called. */
export interface Pair {
  client: End;
  served: End;
  server: Server;
  leave(): void;
}

/** Connects a client to a server whose handler does nothing. */
export function* connectedPair(
  serverOptions: StartServerOptions = {},
  clientOptions: OpenConnectionOptions = {},
): Coroutine<Pair> {
  const arrived = Promise.withResolvers<End>();
  const left = Promise.withResolvers<void>();
  const server = yield* startServer(
    (reader, writer) => {
      arrived.resolve({ reader, writer });
      return left.promise;
    },
    LOCALHOST,
    0,
    serverOptions,
  );
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server), clientOptions);
  const served = yield* until(arrived.promise);
  return { client: { reader, writer }, served, server, leave: () => left.resolve() };
}

/** A client that can do what well-behaved ones can't: it is Node's. */
export interface RudeClient {
  /** Sends text. */
  send(text: string): void;
  /** Breaks the connection off by a reset. */
  reset(): void;
  /** Ends it in good manners. */
  end(): void;
  /** Is resolved when it is gone. */
  closed: Promise<void>;
}

/** Connects a client that reads nothing, and may go without a goodbye. */
export function* rudeClient(port: number): Coroutine<RudeClient> {
  const socket = net.connect({ port, host: LOCALHOST, allowHalfOpen: true });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  yield* until(new Promise<void>((resolve) => socket.once("connect", () => resolve())));
  return {
    send: (text) => void socket.write(text),
    reset: () => void socket.resetAndDestroy(),
    end: () => void socket.destroy(),
    closed,
  };
}

/** How many file descriptors this process has; only Linux tells. */
export function countFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
