/**
 * The load: connections that send requests and lines, most of them to the end, and some that leave or
 * reset amid one. It runs in a process of its own, over the host's bare sockets. To each line on its
 * standard input, `requests seed`, it answers with what it has seen, when all connections are closed.
 *
 *     deno run -A tests/soak/client.ts HTTP_PORT TCP_PORT CONNECTIONS
 *
 * @module
 */
import { HttpConnection } from "./http_connection.ts";
import { Random } from "../random.ts";

/** What the client has seen. */
export interface Seen {
  /** Requests that were sent, or begun. */
  requests: number;
  /** Lines that were sent. */
  lines: number;
  /** Connections that were opened. */
  connections: number;
  /** Requests that were answered 503, for want of time. */
  late: number;
  /** Answers that were wrong, in a line each. */
  wrong: string[];
}

const [httpPort, tcpPort, connections] = Deno.args.map(Number);

/** One line connection for so many that send requests. */
const LINES_PER_REQUESTS = 10;

/** How many wrong answers are told. */
const TOLD = 20;

/** What a client does next, and how often, in some thousand times. */
const deeds = new Map<keyof typeof requests, number>([
  ["hello", 400],
  ["turn", 200],
  ["wait", 200],
  ["timeout", 60],
  ["fail", 40],
  ["body", 40],
  ["stream", 20],
  ["own", 10],
  ["broken", 5],
  ["leave", 15],
  ["reset", 15],
  ["leaveBody", 5],
  ["leaveStream", 5],
  ["halfHead", 5],
  ["silent", 5],
  ["socket", 5],
  ["lostSocket", 5],
  ["late", 0.5],
]);

const text = new TextDecoder();
let seen: Seen;

function expect(what: string, right: boolean, got: unknown): void {
  if (!right && seen.wrong.length < TOLD) seen.wrong.push(`${what}: ${JSON.stringify(got)}`);
}

async function get(connection: HttpConnection, path: string, status: number, body: string | null) {
  await connection.send(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const answer = await connection.response();
  if (answer.status === 503 && status !== 503) {
    seen.late++;
    return;
  }
  const got = text.decode(answer.body);
  const right = answer.status === status && (body === null || got === body);
  expect(path, right, [answer.status, got.slice(0, 100)]);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const NEVER = "GET /never HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** Each sends a request, or begins to, and tells whether the connection goes on. */
const requests = {
  async hello(connection: HttpConnection) {
    await get(connection, "/hello", 200, "hello");
    return true;
  },
  async turn(connection: HttpConnection) {
    await get(connection, "/turn", 200, "hello");
    return true;
  },
  async wait(connection: HttpConnection, random: Random) {
    await get(connection, `/wait?n=${random.below(20)}`, 200, "hello");
    return true;
  },
  async timeout(connection: HttpConnection, random: Random) {
    await get(connection, `/timeout?n=${random.below(20)}`, 200, "hello");
    return true;
  },
  async fail(connection: HttpConnection) {
    await get(connection, "/fail", 500, "failed");
    return true;
  },
  async own(connection: HttpConnection) {
    await get(connection, "/own", 503, null);
    return true;
  },
  async late(connection: HttpConnection) {
    await get(connection, "/never", 503, null);
    return true;
  },
  async body(connection: HttpConnection, random: Random) {
    const body = "y".repeat(random.below(30_000));
    const head = `POST /body HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n`;
    await connection.send(head + body);
    const answer = await connection.response();
    if (answer.status === 503) seen.late++;
    else expect("/body", text.decode(answer.body) === body, answer.status);
    return true;
  },
  async stream(connection: HttpConnection, random: Random) {
    const count = random.below(30);
    await get(connection, `/stream?n=${count}`, 200, "x".repeat(1000 * count));
    return true;
  },
  /** A body that breaks off: its end never comes. */
  async broken(connection: HttpConnection, random: Random) {
    const path = `/broken?n=${random.below(1000)}`;
    await connection.send(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    const ended = await connection.response().then(({ status }) => status, () => 0);
    expect("/broken", ended === 0 || ended === 503, ended);
    return false;
  },
  async leave(connection: HttpConnection, random: Random) {
    await connection.send(NEVER);
    await pause(random.below(30));
    return false;
  },
  /** A connection that is closed while bytes of its peer are unread is reset. */
  async reset(connection: HttpConnection, random: Random) {
    await connection.send(`GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n${NEVER}`);
    await pause(5 + random.below(25));
    return false;
  },
  async leaveBody(connection: HttpConnection, random: Random) {
    await connection.send(
      "POST /body HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9999\r\n\r\nyyy",
    );
    await pause(random.below(30));
    return false;
  },
  async leaveStream(connection: HttpConnection, random: Random) {
    await connection.send("GET /stream?n=1000000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await pause(random.below(30));
    return false;
  },
  async halfHead(connection: HttpConnection, random: Random) {
    await connection.send("GET /hello HTTP/1.1\r\nhost: loc");
    await pause(random.below(30));
    return false;
  },
  /** A connection of its own, beside this one. */
  async socket(_: HttpConnection, random: Random) {
    const socket = new WebSocket(`ws://127.0.0.1:${httpPort}/socket`);
    const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
    let left = random.below(10);
    socket.onopen = () => socket.send(`${left}`);
    socket.onmessage = ({ data }) => {
      expect("a message", data === `${left}`, data);
      if (--left > 0) socket.send(`${left}`);
      else socket.close(1000);
    };
    expect("a socket's end", await closed === 1000, await closed);
    return true;
  },
  /** A WebSocket that goes without saying so. */
  async lostSocket(connection: HttpConnection, random: Random) {
    const upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n" +
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    await connection.send(`GET /socket HTTP/1.1\r\nhost: localhost\r\n${upgrade}\r\n`);
    const { status } = await connection.response();
    expect("an upgrade", status === 101 || status === 503, status);
    await pause(random.below(30));
    return false;
  },
  async silent(_: HttpConnection, random: Random) {
    await pause(random.below(30));
    return false;
  },
};

/** Sends its share of requests, on one connection after the other. */
async function user(random: Random, share: number): Promise<void> {
  while (share > 0) {
    const connection = await HttpConnection.open(httpPort);
    seen.connections++;
    try {
      let alive = true;
      while (alive && share > 0) {
        share--;
        seen.requests++;
        alive = await requests[random.among(deeds)](connection, random);
      }
    } catch (error) {
      expect("a connection", false, String(error));
    } finally {
      connection.close();
    }
  }
}

/** What becomes of a connection of lines. */
const ends = new Map([["close", 4], ["half", 2], ["fail", 2], ["cancel", 2], ["brief", 2], [
  "flood",
  1,
]]);

/** Sends lines for as long as requests are sent. */
async function chatter(random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const connection = await HttpConnection.open(tcpPort);
    seen.connections++;
    try {
      for (let count = random.below(30); count > 0; count--) {
        const line = `${"z".repeat(random.below(200))}\n`;
        await connection.send(line);
        seen.lines++;
        const got = await connection.line();
        expect("a line", got + "\n" === line, got);
      }
      const end = random.among(ends);
      if (end === "half") await connection.send("half a line");
      else if (end !== "close") await connection.send(`${end}\n`);
      if (end !== "close") await pause(random.below(30));
    } catch (error) {
      expect("a line", false, String(error));
    } finally {
      connection.close();
    }
  }
}

async function load(total: number, seed: number): Promise<Seen> {
  seen = { requests: 0, lines: 0, connections: 0, late: 0, wrong: [] };
  let over = false;
  const users = Array.from({ length: connections }, (_, i) => {
    const share = Math.floor(total / connections) + (i < total % connections ? 1 : 0);
    return user(new Random(seed * 1_000_003 + i), share);
  });
  const chatters = Array.from({ length: Math.ceil(connections / LINES_PER_REQUESTS) }, (_, i) => {
    return chatter(new Random(seed * 1_000_003 - 1 - i), () => over);
  });
  const progress = setInterval(() => console.error(`${seen.requests}`), 2000);
  await Promise.all(users);
  clearInterval(progress);
  over = true;
  await Promise.all(chatters);
  return seen;
}

for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const [total, seed] = line.trim().split(" ").map(Number);
  console.log(JSON.stringify(await load(total, seed)));
}
