/**
 * The chat: rooms, somebody who doesn't read, and the page in a browser.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { browserTest, openBrowser } from "../browser/chromium.ts";
import { type Running, spawnExample } from "./spawn.ts";

async function start(): Promise<{ process: Running; url: string }> {
  const process = spawnExample("chat/main.ts", {
    args: ["0"],
    permissions: ["--allow-net=127.0.0.1", "--allow-read", "--unstable-no-legacy-abort"],
  });
  const [, url] = await process.stdoutMatches(/^Listening on (\S+)\n/m);
  return { process, url };
}

async function stop(process: Running): Promise<void> {
  process.kill("SIGINT");
  const { code, stderr } = await process.output();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
}

/** Somebody in a room, who hears everything. */
class Guest {
  readonly heard: string[] = [];
  readonly closed: Promise<CloseEvent>;
  readonly #socket: WebSocket;
  #listener = () => {};

  constructor(url: string, room: string, name: string) {
    const address = `${url.replace("http", "ws")}/rooms/${room}?name=${name}`;
    const socket = this.#socket = new WebSocket(address);
    socket.onmessage = ({ data }) => {
      this.heard.push(data);
      this.#listener();
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = (event) => {
        resolve(event);
        this.#listener();
      };
    });
  }

  say(text: string): void {
    this.#socket.send(text);
  }

  async leave(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  /** Waits until somebody has said this. */
  hears(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#listener = () => {
        if (this.heard.includes(text)) resolve();
        else if (this.#socket.readyState === WebSocket.CLOSED) {
          reject(new Error(`Closed without ${text.slice(0, 100)}`));
        }
      };
      this.#listener();
    });
  }
}

/** Somebody who enters a room and then reads nothing. */
function enterSilently(url: string, room: string, name: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.pause();
  socket.write(
    [
      `GET /rooms/${room}?name=${name} HTTP/1.1`,
      "host: chat",
      "upgrade: websocket",
      "connection: upgrade",
      `sec-websocket-key: ${btoa("0123456789abcdef")}`,
      "sec-websocket-version: 13",
      "\r\n",
    ].join("\r\n"),
  );
  return socket;
}

Deno.test("chat: everybody in a room hears what is said there, and nobody else", async () => {
  const { process, url } = await start();
  await using _ = process;
  const ada = new Guest(url, "kitchen", "Ada");
  await ada.hears("Ada has come, and makes it 1");
  const bob = new Guest(url, "cellar", "Bob");
  await bob.hears("Bob has come, and makes it 1");
  const grace = new Guest(url, "kitchen", "Grace");
  await Promise.all([ada, grace].map((guest) => guest.hears("Grace has come, and makes it 2")));
  ada.say("  Hello, Grace!\n");
  ada.say("   ");
  await grace.hears("Ada: Hello, Grace!");
  grace.say("Hello, Ada!");
  await ada.hears("Grace: Hello, Ada!");
  await grace.leave();
  await ada.hears("Grace has left");
  assertEquals(ada.heard, [
    "Ada has come, and makes it 1",
    "Grace has come, and makes it 2",
    "Ada: Hello, Grace!",
    "Grace: Hello, Ada!",
    "Grace has left",
  ]);
  assertEquals(bob.heard, ["Bob has come, and makes it 1"]);

  await stop(process);
  assertEquals([(await ada.closed).code, (await bob.closed).code], [1001, 1001]);
});

Deno.test("chat: who doesn't read is shown out, and a burst is no reason to", async () => {
  const { process, url } = await start();
  await using _ = process;
  const ada = new Guest(url, "kitchen", "Ada");
  await ada.hears("Ada has come, and makes it 1");
  const silent = enterSilently(url, "kitchen", "Silence");
  await ada.hears("Silence has come, and makes it 2");
  const grace = new Guest(url, "kitchen", "Grace");
  await ada.hears("Grace has come, and makes it 3");

  // Five hundred at a time are more than a queue holds; it takes megabytes to fill the system's buffers.
  const long = "x".repeat(3900);
  for (let burst = 0; !ada.heard.includes("Silence has left"); burst++) {
    for (let i = 0; i < 500; i++) ada.say(`${burst} ${i} ${long}`);
    await Promise.all([ada, grace].map((guest) => guest.hears(`Ada: ${burst} 499 ${long}`)));
    assert(burst < 50, "Nobody has shown Silence out");
  }
  const said = grace.heard.filter((text) => text.startsWith("Ada: "));
  assertEquals(said.length % 500, 0); // none was dropped
  assertEquals(said.map((text) => Number(text.split(" ")[2])), said.map((_, i) => i % 500));
  silent.destroy();
  await Promise.all([ada.leave(), grace.leave()]);
  await stop(process);
});

Deno.test("chat: who is nobody, or asks for something else, gets an answer", async () => {
  const { process, url } = await start();
  await using _ = process;
  const statuses = ["/", "/rooms/kitchen?name=Ada", "/%ff"].map(async (path) => {
    const response = await fetch(url + path);
    await response.body?.cancel();
    return response.status;
  });
  assertEquals(await Promise.all(statuses), [200, 404, 404]);
  assertEquals((await new Guest(url, "kitchen", "").closed).wasClean, false);
  await stop(process);
});

browserTest("chat: two pages talk to each other", async () => {
  const { process, url } = await start();
  await using _ = process;
  const browser = (await openBrowser())!;
  try {
    const [ada, grace] = await Promise.all(["Ada", "Grace"].map(async (name) => {
      const page = await browser.newPage();
      await page.goto(url);
      await page.getByLabel("Your name").fill(name);
      await page.getByRole("button", { name: "Enter" }).click();
      return page;
    }));
    await ada.getByText("and makes it 2").waitFor();
    const text = ada.getByLabel("What to say");
    await text.fill("Hello, <b>Grace</b>!");
    await text.press("Enter");
    await grace.getByText("Ada: Hello, <b>Grace</b>!").waitFor();
    await stop(process);
    await grace.getByText(/closed|goes away/i).waitFor();
  } finally {
    await browser.close();
  }
});
