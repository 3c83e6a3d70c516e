/**
 * The unreliable server that the examples talk to.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Behaviour,
  behaviourOf,
  startFlakyServer,
} from "../../examples/fetch_many/flaky_server.ts";

const SEED = 1;

/** A path to whose first request the server reacts in this way, and the details. */
function pathWith<K extends Behaviour["kind"]>(kind: K) {
  for (let i = 0;; i++) {
    const path = `/page/${i}`;
    const behaviour = behaviourOf(SEED, path, 1);
    if (behaviour.kind === kind) return { path, ...behaviour as Extract<Behaviour, { kind: K }> };
  }
}

async function withServer(test: (server: ReturnType<typeof startFlakyServer>) => Promise<void>) {
  const server = startFlakyServer(SEED);
  try {
    await test(server);
  } finally {
    await server.close();
  }
  assertEquals(server.open, 0);
}

Deno.test("the flaky server answers a page with its size", () =>
  withServer(async (server) => {
    const { path, size } = pathWith("page");
    const body = await (await fetch(server.url + path)).text();
    assertEquals(body.length, size);
  }));

Deno.test("the flaky server answers an error with its status", () =>
  withServer(async (server) => {
    const { path, status } = pathWith("error");
    const response = await fetch(server.url + path);
    await response.body?.cancel();
    assertEquals(response.status, status);
  }));

Deno.test("the flaky server drops a connection in the middle of an answer", () =>
  withServer(async (server) => {
    const response = await fetch(server.url + pathWith("drop").path);
    await assertRejects(() => response.text(), TypeError);
  }));

Deno.test("the flaky server ends a hanging request when its client is gone", () =>
  withServer(async (server) => {
    const client = new AbortController();
    const response = await fetch(server.url + pathWith("hang").path, { signal: client.signal });
    assertEquals(server.open, 1);
    client.abort();
    await assertRejects(() => response.text(), DOMException);
    while (server.open > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }));

Deno.test("the flaky server counts the attempts for a path until it forgets them", () =>
  withServer(async (server) => {
    // A path that fails at first and then works tells the first attempt from the second.
    const kinds = (path: string) => [1, 2].map((n) => behaviourOf(SEED, path, n).kind).join();
    let i = 0;
    while (kinds(`/page/${i}`) !== "error,page") i++;
    const statuses = [];
    for (const forget of [false, false, true]) {
      if (forget) server.forget();
      const response = await fetch(`${server.url}/page/${i}`);
      await response.body?.cancel();
      statuses.push(response.ok);
    }
    assertEquals(statuses, [false, true, false]);
  }));

Deno.test("the flaky server's behaviours come as often as intended", () => {
  const counts = { page: 0, error: 0, drop: 0, hang: 0 };
  for (let i = 0; i < 10_000; i++) counts[behaviourOf(SEED, `/page/${i}`, 1).kind]++;
  const near = (kind: keyof typeof counts, share: number) =>
    assert(Math.abs(counts[kind] - share * 10_000) < 100, `${kind}: ${counts[kind]}`);
  near("hang", 0.03);
  near("error", 0.0755);
  near("drop", 0.02);
  near("page", 0.875);
});
