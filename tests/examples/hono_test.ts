/**
 * Hono on `serve`, asked over the network.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Running, spawnExample } from "./spawn.ts";

/** The example, with a book in it. */
async function start(): Promise<{ process: Running; url: string }> {
  const process = spawnExample("hono.ts", {
    args: ["0"],
    permissions: ["--allow-net=127.0.0.1", "--allow-env", "--unstable-no-legacy-abort"],
  });
  const [, url] = await process.stdoutMatches(/^Listening on (\S+)\n/m);
  const answer = await post(`${url}/books`, { title: "Emma", pages: 474 });
  assertEquals(answer, [201, { id: 1, title: "Emma", pages: 474 }]);
  return { process, url };
}

async function post(url: string, body: unknown) {
  return await answerOf(fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  }));
}

async function answerOf(response: Promise<Response>) {
  const { status, text } = await response.then(async (response) => ({
    status: response.status,
    text: await response.text(),
  }));
  try {
    return [status, JSON.parse(text)];
  } catch {
    return [status, text];
  }
}

Deno.test("hono.ts validates what it gets, and finds what it has", async () => {
  const { process, url } = await start();
  await using _ = process;
  assertEquals(await answerOf(fetch(`${url}/books/1`)), [200, {
    id: 1,
    title: "Emma",
    pages: 474,
  }]);
  assertEquals(await answerOf(fetch(`${url}/books/2`)), [404, { error: "There is no book 2" }]);
  assertEquals((await answerOf(fetch(`${url}/papers`)))[0], 404);

  const [status, { error }] = await post(`${url}/books`, { title: "", pages: 47.4 });
  assertEquals(status, 400);
  assertStringIncludes(error, "title");
  assertStringIncludes(error, "pages");
  assertEquals((await post(`${url}/books`, `{"title": `))[0], 400);
  assertEquals((await answerOf(fetch(`${url}/books/Emma`)))[0], 400);

  process.kill("SIGTERM");
  const { code, stderr } = await process.output();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

Deno.test("hono.ts streams for as long as somebody reads", async () => {
  const { process, url } = await start();
  await using _ = process;
  const response = await fetch(`${url}/books/1/pages`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("page 3\n")) text += (await reader.read()).value;
  assertMatch(text, /^Emma, page 1\nEmma, page 2\nEmma, page 3\n/);
  await reader.cancel();
  await process.stdoutMatches(/^Read \d of 474 pages\n/m);

  process.kill("SIGTERM");
  const { code, stderr } = await process.output();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

Deno.test("hono.ts cancels the handler of a client that leaves", async () => {
  const { process, url } = await start();
  await using _ = process;
  const controller = new AbortController();
  const left = answerOf(fetch(`${url}/books/1/translation`, { signal: controller.signal }))
    .catch(({ name }) => name);
  await answerOf(fetch(`${url}/books/1`)); // meanwhile others are served
  controller.abort();
  assertEquals(await left, "AbortError");
  await process.stdoutMatches(/^Nobody waits for the translation of Emma any more\n/m);

  process.kill("SIGTERM");
  const { code, stderr } = await process.output();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

Deno.test("hono.ts talks over a WebSocket, until it goes away", async () => {
  const { process, url } = await start();
  await using _ = process;
  const socket = new WebSocket(`${url.replace("http", "ws")}/shout`);
  const messages: unknown[] = [];
  const closed = Promise.withResolvers<number>();
  socket.onopen = () => ["hello", "is anybody there?"].forEach((text) => socket.send(text));
  socket.onmessage = ({ data }) => {
    if (messages.push(data) === 2) process.kill("SIGTERM");
  };
  socket.onclose = ({ code }) => closed.resolve(code);
  assertEquals(await closed.promise, 1001);
  assertEquals(messages, ["HELLO", "IS ANYBODY THERE?"]);
  const { code, stderr } = await process.output();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});
