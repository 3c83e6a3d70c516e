/**
 * A TCP proxy: whoever connects to it talks to somebody else.
 *
 *     deno run --allow-net examples/proxy.ts 8080 example.org 80
 *     curl --header "host: example.org" http://127.0.0.1:8080/
 *
 * However much is sent, little of it is in memory: each side is read as fast as the other takes it. An end
 * is passed on and leaves the other direction alone; if one side breaks, so does the other.
 *
 * @module
 */

import { CancelledError, type Coroutine, gather, run } from "../mod.ts";
import {
  openConnection,
  OSError,
  startServer,
  type StreamReader,
  type StreamWriter,
} from "../net.ts";
import { interrupted } from "../process.ts";

function* pass(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const bytes = yield* reader.read(65_536);
    if (bytes.length === 0) return writer.writeEof();
    writer.write(bytes);
    yield* writer.drain();
  }
}

const proxy = (hostname: string, port: number) =>
  function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    const [farReader, farWriter] = yield* openConnection(hostname, port);
    try {
      yield* gather(pass(reader, farWriter), pass(farReader, writer));
      farWriter.close();
    } catch (error) {
      for (const each of [writer, farWriter]) each.abort();
      if (!(error instanceof OSError)) throw error;
    }
  };

function* main(port: number, farHostname: string, farPort: number): Coroutine<void> {
  const server = yield* startServer(proxy(farHostname, farPort), "127.0.0.1", port);
  console.log("Listening on", server.sockname);
  try {
    yield* server.waitClosed(); // that is, until Ctrl-C cancels this
  } finally {
    yield* server.shutdown("1s");
  }
}

if (import.meta.main) {
  const [port, farHostname, farPort] = Deno.args;
  try {
    await run(main(Number(port), farHostname, Number(farPort)), { signal: interrupted() });
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}
