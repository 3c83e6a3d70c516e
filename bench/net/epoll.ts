/**
 * Sockets by Linux's own calls, without an event loop in between: a client that has to keep a server
 * busy must take less time for a message than the server does, or it measures itself.
 *
 * @module
 */

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;

/** Of the C library, as much as a client needs. */
const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
}).symbols;

const F_SETFL = 4;
const ONE = new Int32Array([1]);

/** x86-64 packs its `struct epoll_event`, other processors align the number in it. */
const [EVENT_SIZE, EVENT_FD] = Deno.build.arch === "x86_64" ? [12, 4] : [16, 8];

/** How many events are fetched by one call. */
const EVENTS = 1024;

/** Connects to a port of this machine. Waits for as long as the system does. */
export function connect(port: number): number {
  const fd = libc.socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) throw new Error("No more sockets: raise the limit of open files, ulimit -n");
  libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ONE, 4);
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  address.set([127, 0, 0, 1], 4);
  if (libc.connect(fd, address, address.length) < 0) {
    throw new Error(`Cannot connect to port ${port} of this machine`);
  }
  libc.fcntl(fd, F_SETFL, SOCK_NONBLOCK);
  return fd;
}

/** Sends bytes, all of them at once: they are few. */
export function send(fd: number, data: Uint8Array<ArrayBuffer>): void {
  const count = Number(libc.send(fd, data, BigInt(data.length), 0));
  if (count !== data.length) throw new Error(`Sent ${count} of ${data.length} bytes`);
}

/** Receives what there is, and returns how many bytes that are; 0 at the end, -1 after an error. */
export function receive(fd: number, buffer: Uint8Array<ArrayBuffer>): number {
  return Number(libc.recv(fd, buffer, BigInt(buffer.length), 0));
}

/** Closes a socket. */
export function close(fd: number): void {
  libc.close(fd);
}

/** Waits for many sockets at once. */
export class Poll {
  readonly #fd = libc.epoll_create1(0);
  readonly #events = new Uint8Array(EVENT_SIZE * EVENTS);
  readonly #view = new DataView(this.#events.buffer);

  /** Has a socket among those that are waited for. */
  add(fd: number): void {
    const event = new Uint8Array(EVENT_SIZE);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN, true);
    view.setInt32(EVENT_FD, fd, true);
    libc.epoll_ctl(this.#fd, EPOLL_CTL_ADD, fd, event);
  }

  /** Waits for up to so many milliseconds, and calls back with each socket that can be read. */
  wait(milliseconds: number, readable: (fd: number) => void): void {
    const count = libc.epoll_wait(this.#fd, this.#events, EVENTS, milliseconds);
    for (let i = 0; i < count; i++) readable(this.#view.getInt32(i * EVENT_SIZE + EVENT_FD, true));
  }
}
