/**
 * The baseline of TCP: a loop over `conn.read()` for each connection, and lines found by hand.
 *
 * @module
 */

const NEWLINE = 10;
const GREETING = new TextEncoder().encode("hello\n");

async function writeAll(conn: Deno.TcpConn, data: Uint8Array<ArrayBuffer>): Promise<void> {
  let from = 0;
  while (from < data.length) from += await conn.write(data.subarray(from));
}

async function echo(conn: Deno.TcpConn): Promise<void> {
  try {
    conn.setNoDelay(true);
    await writeAll(conn, GREETING);
    let buffer = new Uint8Array(1024);
    let filled = 0;
    while (true) {
      const count = await conn.read(buffer.subarray(filled));
      if (count === null) break;
      let line = 0;
      let searched = filled;
      filled += count;
      while (true) {
        const end = buffer.subarray(0, filled).indexOf(NEWLINE, searched) + 1;
        if (end === 0) break;
        await writeAll(conn, buffer.slice(line, end));
        line = searched = end;
      }
      buffer.copyWithin(0, line, filled);
      filled -= line;
      if (filled === buffer.length) {
        const wider = new Uint8Array(2 * buffer.length);
        wider.set(buffer);
        buffer = wider;
      }
    }
  } catch {
    // The client has gone.
  } finally {
    conn.close();
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 4096 });
console.log(listener.addr.port);
for await (const conn of listener) echo(conn);
