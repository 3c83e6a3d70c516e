/**
 * An HTTP server that misbehaves on purpose, and always in the same way: what happens to the n-th
 * request for a path follows from the seed, the path and n alone.
 *
 * @module
 */

/** What the server does with one request. */
export type Behaviour =
  | { kind: "page"; delay: number; size: number }
  | { kind: "error"; delay: number; status: 500 | 503 }
  | { kind: "drop"; delay: number }
  | { kind: "hang"; delay: number };

/** Decides what happens to the `attempt`-th request (from 1) for `path`. */
export function behaviourOf(seed: number, path: string, attempt: number): Behaviour {
  const draw = (what: string) => chance(`${seed} ${path} ${what}`);
  const delay = 15 - 35 * Math.log(1 - draw(`delay ${attempt}`)); // mostly quick, with a long tail
  if (draw("broken for good") < 0.006) return { kind: "error", delay, status: 500 };

  const luck = draw(`luck ${attempt}`);
  if (luck < 0.03) return { kind: "hang", delay };
  if (luck < 0.07) return { kind: "error", delay, status: 500 };
  if (luck < 0.10) return { kind: "error", delay, status: 503 };
  if (luck < 0.12) return { kind: "drop", delay };
  const size = 500 + Math.floor(7500 * draw("size"));
  return { kind: "page", delay: luck < 0.17 ? delay + 350 : delay, size };
}

/** A running server. */
export interface FlakyServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** How many requests wait for their answer, or for the rest of it. */
  readonly open: number;
  /** Forgets how often each path was asked for, so that everything happens again as before. */
  forget(): void;
  /** Stops listening and waits for the requests that are open. */
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback interface. */
export function startFlakyServer(seed: number): FlakyServer {
  const attempts = new Map<string, number>();
  let open = 0;

  function handle(request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
    const path = new URL(request.url).pathname;
    const attempt = (attempts.get(path) ?? 0) + 1;
    attempts.set(path, attempt);
    open++;
    const close = () => open--;
    info.completed.then(close, close); // when the client has the answer, or is gone
    return answer(behaviourOf(seed, path, attempt));
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {}, // says nothing, so that the output is the client's alone
    onError: () => new Response(null, { status: 500 }), // dropped connections come by here
  }, handle);

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    get open() {
      return open;
    },
    forget: () => attempts.clear(),
    close: () => server.shutdown(),
  };
}

async function answer(behaviour: Behaviour): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, behaviour.delay));
  switch (behaviour.kind) {
    case "page":
      return new Response("x".repeat(behaviour.size));
    case "error":
      return new Response("Try again later\n", { status: behaviour.status });
    case "drop":
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new Uint8Array(100));
            controller.error(new Error("The server dropped the connection"));
          },
        }),
      );
    case "hang":
      return new Response(new ReadableStream()); // an answer that begins and never ends
  }
}

/** A number in [0, 1) that follows from the text alone: an FNV-1a hash, its bits mixed once more. */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
