import { assert, assertEquals } from "@std/assert";
import type { Handler } from "../../../http.ts";
import { CancelledError, currentTask, Event, sleep, until, waitFor } from "../../../mod.ts";
import { type Client, serving } from "./support.ts";

const RESETS = "resets its connection";

/** How a client may leave. */
const WAYS: Record<string, (client: Client) => void | Promise<void>> = {
  "closes its connection": (client) => client.close(),
  "ends its half of the connection": (client) => client.closeWrite(),
  // With bytes that it hasn't read, the system resets a connection instead of ending it.
  [RESETS]: (client) => client.close(),
};

for (const [way, leave] of Object.entries(WAYS)) {
  Deno.test(`a handler is cancelled whose client ${way}`, async () => {
    const begun = new Event();
    const ended = new Event();
    let caught: unknown;
    const handler: Handler = function* ({ url }) {
      if (url.endsWith("/never-read")) return new Response("not read");
      begun.set();
      try {
        yield* sleep("1h");
      } catch (error) {
        caught = error;
        yield* sleep(1); // It may clean up.
        throw error;
      } finally {
        ended.set();
      }
      return new Response();
    };
    for (const delay of [0, 10, 100]) {
      begun.clear();
      ended.clear();
      await serving(handler, function* ({ connect }) {
        const client = yield* connect();
        if (way === RESETS) yield* until(client.get("/never-read"));
        yield* until(client.get("/"));
        yield* begun.wait();
        yield* sleep(delay);
        yield* until(Promise.resolve(leave(client)));
        yield* waitFor(ended.wait(), "10s");
        assert(caught instanceof CancelledError);
        assertEquals(`${caught}`, "CancelledError: The client has left");
      });
    }
  });
}

Deno.test("a client that leaves after its answer, or stays, cancels nobody", async () => {
  let cancelled = 0;
  const handler: Handler = function* () {
    const task = currentTask()!;
    yield* sleep(60); // Longer than it takes until clients are watched.
    cancelled += task.cancelling();
    return new Response("done");
  };
  await serving(handler, function* ({ connect }) {
    for (let i = 0; i < 3; i++) {
      const client = yield* connect();
      assertEquals((yield* until(client.ask("/"))).body, "done");
      assertEquals((yield* until(client.ask("/"))).body, "done");
      client.close();
    }
    yield* sleep(50);
    assertEquals(cancelled, 0);
  });
});

Deno.test("of many handlers only those are cancelled whose clients leave", async () => {
  const log: string[] = [];
  const release = new Event();
  const handler: Handler = function* ({ url }) {
    try {
      yield* release.wait();
    } catch (error) {
      log.push(new URL(url).pathname);
      throw error;
    }
    return new Response("stayed");
  };
  await serving(handler, function* ({ connect }) {
    const clients: Client[] = [];
    for (let i = 0; i < 30; i++) {
      const client = yield* connect();
      clients.push(client);
      yield* until(client.get(`/${i}`));
      if (i % 10 === 5) yield* sleep(20);
    }
    for (let i = 0; i < 30; i += 3) clients[i].close();
    while (log.length < 10) yield* sleep(5);
    release.set();
    for (let i = 0; i < 30; i++) {
      if (i % 3 !== 0) assertEquals((yield* until(clients[i].answer())).body, "stayed");
    }
    assertEquals(log.length, 10);
    assert(log.every((path) => Number(path.slice(1)) % 3 === 0));
  });
});

Deno.test("what a handler fails by after its client has left is reported", async () => {
  const handler: Handler = function* () {
    try {
      yield* sleep("1h");
    } catch {
      throw new RangeError("in the clean-up");
    }
    return new Response();
  };
  await serving(handler, function* ({ connect, reports }) {
    const client = yield* connect();
    yield* until(client.get("/"));
    yield* sleep(10);
    client.close();
    while (reports.length === 0) yield* sleep(5);
    assertEquals(reports.splice(0).map(({ exception }) => `${exception}`), [
      "RangeError: in the clean-up",
    ]);
  });
});
