/**
 * One program for every host of `http.ts`'s client: Deno, Node and pages. It talks to the server of
 * `client_server.ts` and tells what happened as plain data, which is to be the same everywhere.
 *
 * @module
 */

import { type Coroutine, createTask, iterate, run, sleep, until, waitFor } from "../../mod.ts";
import {
  fetch,
  HttpError,
  openWebSocket,
  serve,
  upgradeWebSocket,
  WebSocketClosed,
} from "../../http.ts";

/** What each chapter has observed. */
export type Observed = Record<string, unknown>;

type Chapter = (origin: string) => Coroutine<unknown>;

/** The name of what a wait throws. */
function* nameOfError(wait: Iterable<unknown, unknown, unknown>): Coroutine<string> {
  try {
    yield* wait;
  } catch (error) {
    return (error as Error).name;
  }
  return "nothing";
}

/** What the end of a WebSocket says. */
function* closeCode(wait: Iterable<unknown, unknown, unknown>): Coroutine<number | null> {
  try {
    yield* wait;
  } catch (error) {
    if (error instanceof WebSocketClosed) return error.code;
    throw error;
  }
  return null;
}

const client: Record<string, Chapter> = {
  *"a body is text, JSON or bytes"(origin) {
    return [
      yield* fetch(`${origin}/json`).text(),
      yield* fetch(new URL(`${origin}/json`)).json(),
      [...yield* fetch(`${origin}/json`).bytes()],
    ];
  },

  *"what is sent arrives"(origin) {
    const init = { method: "POST", body: "body", headers: { "x-test": "head" } };
    return [
      yield* fetch(`${origin}/echo`, init).text(),
      yield* fetch(new Request(`${origin}/echo`, init)).text(),
    ];
  },

  *"a status is an error of the methods only"(origin) {
    const response = yield* fetch(`${origin}/missing`);
    const text = yield* until(response.text());
    try {
      yield* fetch(`${origin}/missing`).json();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return [response.status, text, error.status, yield* until(error.response.text())];
    }
  },

  *"a cancel reaches the server, whether it has begun to answer or not"(origin) {
    return [
      yield* nameOfError(waitFor(fetch(`${origin}/never`).text(), 50)),
      yield* nameOfError(waitFor(fetch(`${origin}/never`), 50)),
      yield* nameOfError(waitFor(fetch(`${origin}/half`).text(), 200)),
      yield* fetch(`${origin}/gone?count=3`).text(),
    ];
  },

  *"the program's own signal ends a request with the host's error"(origin) {
    const controller = new AbortController();
    const { signal } = controller;
    const task = createTask(fetch(`${origin}/never`, { signal }));
    yield* sleep(50);
    controller.abort();
    return [
      yield* nameOfError(task),
      yield* nameOfError(fetch(`${origin}/json`, { signal })),
      yield* fetch(`${origin}/gone?count=4`).text(),
    ];
  },

  *"a server that can't be reached is a TypeError"() {
    return yield* nameOfError(fetch("http://127.0.0.1:1/").text());
  },
};

const sockets: Record<string, Chapter> = {
  *"messages arrive as what they were"(origin) {
    const socket = yield* openWebSocket(`${origin}/echo`, { protocols: ["v1", "v2"] });
    const seen: unknown[] = [socket.protocol];
    for (const message of ["hello", "", "äö€𝄞", new Uint8Array([1, 2]), new Uint8Array(0)]) {
      yield* socket.send(message);
      const answer = yield* socket.receive();
      seen.push(typeof answer === "string" ? answer : [...answer]);
    }
    socket.close(4000, "enough");
    return [...seen, { ...yield* socket.waitClosed() }];
  },

  *"many small messages arrive in order"(origin) {
    const socket = yield* openWebSocket(`${origin}/burst?count=5000`);
    let next = 0;
    let inOrder = true;
    yield* iterate(socket, (message) => {
      inOrder &&= message === String(next++);
    });
    return [next, inOrder];
  },

  *"a sender waits for what it has sent"(origin) {
    const socket = yield* openWebSocket(`${origin}/count`);
    const chunk = new Uint8Array(100_000);
    for (let i = 0; i < 100; i++) yield* socket.send(chunk);
    yield* socket.send("how many?");
    const answer = yield* socket.receive();
    socket.close();
    return [answer, { ...yield* socket.waitClosed() }];
  },

  *"a receive that is cancelled takes nothing"(origin) {
    const socket = yield* openWebSocket(`${origin}/echo`);
    const name = yield* nameOfError(waitFor(socket.receive(), 20));
    yield* socket.send("kept");
    const answer = yield* socket.receive();
    socket.close();
    yield* socket.waitClosed();
    return [name, answer];
  },

  *"an iteration ends in peace, or throws"(origin) {
    const codes: (number | null)[] = [];
    for (const code of [1000, 3001]) {
      const socket = yield* openWebSocket(`${origin}/close?code=${code}`);
      codes.push(yield* closeCode(iterate(socket, () => {})));
    }
    return codes;
  },

  *"beyond its limit a socket is closed"(origin) {
    const socket = yield* openWebSocket(`${origin}/burst?count=50`, { limit: 20 });
    const { code } = yield* socket.waitClosed();
    const seen = [yield* socket.receive(), yield* socket.receive()];
    for (let i = 2; i < 15; i++) seen.push(yield* socket.receive());
    return [code, seen.join(), yield* closeCode(socket.receive())];
  },

  *"a socket that can't be opened is 1006"(origin) {
    return [
      yield* closeCode(openWebSocket(`${origin}/json`)),
      yield* closeCode(openWebSocket("ws://127.0.0.1:1/")),
    ];
  },

  *"an opening can be cancelled"(origin) {
    return yield* nameOfError(waitFor(openWebSocket(`${origin}/never`), 50));
  },
};

const elsewhere: Record<string, Chapter> = {
  *"what only Deno can do says so"() {
    const names: string[] = [];
    const upgrade = () => upgradeWebSocket(new Request("http://127.0.0.1/"), () => {});
    for (const call of [() => serve(() => new Response()), upgrade]) {
      try {
        call();
      } catch (error) {
        names.push((error as Error).name);
      }
    }
    return yield* sleep(0, names);
  },
};

/** Runs all chapters that this host can. */
export async function observe(origin: string): Promise<Observed> {
  const observed: Observed = {};
  function* tell(chapters: Record<string, Chapter>, origin: string) {
    for (const [name, chapter] of Object.entries(chapters)) observed[name] = yield* chapter(origin);
  }
  await run(function* () {
    yield* tell(client, origin);
    if (!("Deno" in globalThis)) yield* tell(elsewhere, origin);
    if (typeof WebSocket === "function") yield* tell(sockets, origin.replace("http", "ws"));
    else observed["no WebSocket"] = yield* nameOfError(openWebSocket("ws://127.0.0.1:1/"));
  });
  return observed;
}

/** What is to be observed of the client, of WebSockets, and where `serve` isn't to be had. */
export const expected = {
  client: {
    "a body is text, JSON or bytes": ['{"a":1}', { a: 1 }, [123, 34, 97, 34, 58, 49, 125]],
    "what is sent arrives": ["POST head body", "POST head body"],
    "a status is an error of the methods only": [404, "no such page", 404, "no such page"],
    "a cancel reaches the server, whether it has begun to answer or not": [
      ...["TimeoutError", "TimeoutError", "TimeoutError"],
      "3 are gone",
    ],
    "the program's own signal ends a request with the host's error": [
      ...["AbortError", "AbortError"],
      "4 are gone",
    ],
    "a server that can't be reached is a TypeError": "TypeError",
  },
  sockets: {
    "messages arrive as what they were": [
      ...["v2", "hello", "", "äö€𝄞", [1, 2], []],
      { code: 4000, reason: "enough" },
    ],
    "many small messages arrive in order": [5000, true],
    "a sender waits for what it has sent": ["10000000", { code: 1000, reason: "" }],
    "a receive that is cancelled takes nothing": ["TimeoutError", "kept"],
    "an iteration ends in peace, or throws": [null, 3001],
    "beyond its limit a socket is closed": [1009, "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14", 1009],
    "a socket that can't be opened is 1006": [1006, 1006],
    "an opening can be cancelled": "TimeoutError",
  },
  elsewhere: { "what only Deno can do says so": ["InvalidStateError", "InvalidStateError"] },
  noSockets: { "no WebSocket": "InvalidStateError" },
};
