/**
 * The client of the measurements of TCP, in a process of its own.
 *
 *     deno run -A bench/net/tcp_client.ts echo PORT CONNECTIONS SECONDS
 *     deno run -A bench/net/tcp_client.ts idle PORT CONNECTIONS
 *
 * `echo` sends a line on each connection, and the next one when it has come back. After a second, in
 * which the server gets warm, it prints `begin`, and in the end a line of JSON. `idle` opens the
 * connections, each of which the server greets with a line, prints a line of JSON, and keeps them open
 * until its standard input ends.
 *
 * @module
 */
import { quantile } from "../measure.ts";
import { close, connect, Poll, receive, send } from "./epoll.ts";

/** What `echo` prints. */
export interface EchoResult {
  /** How many lines came back. */
  count: number;
  /** In how many seconds. */
  seconds: number;
  /** Of how long they took, the median, in milliseconds. */
  p50: number;
  /** 99 of a hundred took no longer than this many milliseconds. */
  p99: number;
}

/** What `idle` prints. */
export interface IdleResult {
  /** How many milliseconds passed until the last connection was greeted. */
  elapsed: number;
}

/** How many milliseconds are not counted. */
const WARM_UP = 1000;

/** How many connections may wait for their greeting: more would fill the server's backlog. */
const WINDOW = 100;

/** A server that says nothing for so many milliseconds hangs. */
const PATIENCE = 20_000;

const encoder = new TextEncoder();
const LINE = encoder.encode(`${"0123456789abcdef".repeat(4).slice(1)}\n`);

function print(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

/** Opens connections, and calls back when all have been greeted. */
function open(poll: Poll, port: number, count: number): Map<number, number> {
  const opened = new Map<number, number>();
  const buffer = new Uint8Array(4096);
  let greeted = 0;
  let heardAt = performance.now();
  while (greeted < count) {
    while (opened.size < count && opened.size - greeted < WINDOW) {
      const fd = connect(port);
      opened.set(fd, 0);
      poll.add(fd);
    }
    poll.wait(1000, (fd) => {
      if (receive(fd, buffer) <= 0) throw new Error("The server has closed a connection");
      greeted++;
      heardAt = performance.now();
    });
    if (performance.now() - heardAt > PATIENCE) throw new Error(`${greeted} of ${count} greeted`);
  }
  return opened;
}

function echo(port: number, connections: number, seconds: number): EchoResult {
  const poll = new Poll();
  const sentAt = open(poll, port, connections);
  const buffer = new Uint8Array(4096);
  const times: number[] = [];
  let begin = Infinity;
  const start = performance.now();
  let now = start;
  let heardAt = start;
  for (const fd of sentAt.keys()) {
    send(fd, LINE);
    sentAt.set(fd, performance.now());
  }
  while (now < begin + seconds * 1000) {
    poll.wait(1000, (fd) => {
      // A line this short comes in one piece, so what is no whole line is a mistake of the server's.
      if (receive(fd, buffer) !== LINE.length) {
        throw new Error("What came back is not what was sent");
      }
      now = performance.now();
      if (now >= begin) times.push(now - sentAt.get(fd)!);
      send(fd, LINE);
      sentAt.set(fd, now);
      heardAt = now;
    });
    now = performance.now();
    if (begin === Infinity && now - start >= WARM_UP) {
      print("begin");
      begin = performance.now();
    }
    if (now - heardAt > PATIENCE) throw new Error("The server answers no more");
  }
  const result = {
    count: times.length,
    seconds: (now - begin) / 1000,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
  for (const fd of sentAt.keys()) close(fd);
  return result;
}

function idle(port: number, connections: number): IdleResult {
  const start = performance.now();
  open(new Poll(), port, connections);
  return { elapsed: performance.now() - start };
}

if (import.meta.main) {
  const [what, port, connections, seconds] = Deno.args;
  if (what === "echo") {
    print(JSON.stringify(echo(Number(port), Number(connections), Number(seconds))));
  } else {
    print(JSON.stringify(idle(Number(port), Number(connections))));
    Deno.stdin.readSync(new Uint8Array(1));
  }
}
