// A server's handlers are tasks; a client's life, from connecting to the end.

import type { Coroutine } from "../../mod.ts";
import { openConnection, startServer, type StreamReader, type StreamWriter } from "../../net.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  function* handle(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    say("connected");
    for (;;) {
      const line = yield* reader.readline();
      if (line.length === 0) break;
      say("server got", line);
      writer.write(new TextDecoder().decode(line).toUpperCase());
      yield* writer.drain();
    }
    say("server saw the end");
    writer.close();
    yield* writer.waitClosed();
  }

  const server = yield* startServer(handle, "127.0.0.1", 0);
  const { hostname, port } = server.sockname as { hostname: string; port: number };
  say(hostname, port > 0, server.isServing());
  const [reader, writer] = yield* openConnection(hostname, port);
  say((writer.peername as { port: number }).port === port);
  for (const text of ["hello\n", "world\n"]) {
    writer.write(text);
    yield* writer.drain();
    say("client got", yield* reader.readline());
  }
  writer.writelines(["a", "b", "\n"]);
  say("client got", yield* reader.readline());
  say(writer.canWriteEof(), writer.isClosing(), reader.atEof());
  writer.writeEof();
  say("client got", yield* reader.read(), reader.atEof());
  writer.close();
  say(writer.isClosing());
  yield* writer.waitClosed();
  server.close();
  yield* server.waitClosed();
  say(server.isServing());
}
