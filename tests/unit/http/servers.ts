/**
 * Servers for the tests of the client: the host's own, and those that break the rules.
 *
 * @module
 */

/** A request as the server of a test sees it. */
export interface Seen extends Request {
  /** Settles when the client is gone. */
  readonly gone: Promise<void>;
}

/** A server of a test. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked for so far. */
  readonly requests: readonly Seen[];
  /** The next request that comes. */
  next(): Promise<Seen>;
}

/** Serves until it is disposed of, on a port of its own. */
export function hostServer(respond: (request: Seen) => Response | Promise<Response>): TestServer {
  const requests: Seen[] = [];
  let waiting = Promise.withResolvers<Seen>();
  const controller = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: controller.signal, onListen() {} },
    (request) => {
      let gone: Promise<void> | undefined;
      const seen = Object.defineProperty(request, "gone", {
        // Deno warns of a signal that was touched, if the request ends well.
        get: () =>
          gone ??= new Promise((resolve) => {
            request.signal.addEventListener("abort", () => resolve());
          }),
      }) as Seen;
      requests.push(seen);
      waiting.resolve(seen);
      waiting = Promise.withResolvers();
      return respond(seen);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    requests,
    next: () => waiting.promise,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await server.finished;
    },
  };
}

/** Listens for one connection, on a port that is returned, and does with it what it likes. */
export function listenOnce(serve: (connection: Deno.Conn) => unknown): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = async () => {
    const connection = await listener.accept();
    listener.close();
    await serve(connection);
  };
  served().catch((error) => console.error(error));
  return listener.addr.port;
}

/** Never answers. */
export function silence(request: Seen): Promise<Response> {
  void request.gone; // From now on it is looked for.
  return new Promise(() => {});
}
