/**
 * A chat with rooms, over WebSockets. However slowly one member reads, the others don't notice: each has a
 * queue, and whoever lets it overflow is shown out. Members who vanish without a word are found by pings.
 *
 *     deno run --allow-net --allow-read --unstable-no-legacy-abort examples/chat/main.ts
 *
 * The page is at http://127.0.0.1:8000/. Open it twice.
 *
 * @module
 */

import { CancelledError, type Coroutine, iterate, run, taskGroup } from "../../mod.ts";
import { serve, upgradeWebSocket, type WebSocketStream } from "../../http.ts";
import { interrupted } from "../../process.ts";
import { Member, Room } from "./room.ts";

/** The longest thing that one can say. */
const LONGEST = 4000;

const page = await Deno.readTextFile(new URL("page.html", import.meta.url));

const rooms = new Map<string, Room>();

/** What becomes of a request: the page, or a place in a room. */
function answer(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/") return new Response(page, { headers: { "content-type": "text/html" } });
  const [, room] = /^\/rooms\/([^/]+)$/.exec(pathname) ?? [];
  const name = searchParams.get("name")?.trim();
  if (room === undefined || request.headers.get("upgrade") !== "websocket") {
    return new Response("There is nothing here\n", { status: 404 });
  }
  if (!name) return new Response("Who are you?\n", { status: 400 });
  return upgradeWebSocket(request, (socket) => attend(socket, room, name), {
    idleTimeout: "30s",
    limit: 4 * 2 ** 20,
  });
}

/** One member's stay. */
function* attend(socket: WebSocketStream, roomName: string, name: string): Coroutine<void> {
  const room = rooms.get(roomName) ?? new Room();
  rooms.set(roomName, room);
  yield* taskGroup(function* (group) {
    const member = new Member(name, () => {
      socket.close(4000, "You read too slowly");
      group.cancel(); // whoever doesn't read may not hear of the close either
    });
    room.join(member);
    try {
      group.createTask(deliver(member, socket));
      yield* iterate(socket, function* (message) {
        const text = String(message).trim().slice(0, LONGEST);
        if (text !== "") room.say(`${name}: ${text}`);
        yield* member.outbox.join(); // nobody speaks faster than they listen, or a burst would fill all queues
      });
    } finally {
      room.leave(member);
      if (room.size === 0) rooms.delete(roomName);
    }
    group.cancel(); // nothing is left to deliver to somebody who has gone
  });
}

function* deliver(member: Member, socket: WebSocketStream): Coroutine<never> {
  for (;;) {
    yield* socket.send(yield* member.outbox.get());
    member.outbox.taskDone();
  }
}

function* main(port: number): Coroutine<void> {
  const server = yield* serve(answer, { port });
  const address = server.sockname as Deno.NetAddr;
  console.log(`Listening on http://${address.hostname}:${address.port}`);
  try {
    yield* server.waitClosed(); // that is, until a signal cancels this
  } finally {
    yield* server.shutdown("1s"); // tells everybody that the server goes away
  }
}

if (import.meta.main) {
  try {
    await run(main(Number(Deno.args[0] ?? 8000)), { signal: interrupted() });
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}
