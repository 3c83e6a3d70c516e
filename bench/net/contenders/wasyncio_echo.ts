/**
 * Lines sent back by `startServer`: readline, write, drain. Each connection is greeted first.
 *
 * @module
 */
import { run } from "../../../mod.ts";
import { OSError, startServer, type StreamReader, type StreamWriter } from "../../../net.ts";

function* echo(reader: StreamReader, writer: StreamWriter) {
  try {
    writer.write("hello\n");
    yield* writer.drain();
    while (true) {
      const line = yield* reader.readline();
      if (line.length === 0) break;
      writer.write(line);
      yield* writer.drain();
    }
  } catch (error) {
    if (!(error instanceof OSError)) throw error; // The client has gone.
  }
}

await run(function* () {
  const server = yield* startServer(echo, "127.0.0.1", 0, { backlog: 4096 });
  if ("port" in server.sockname) console.log(server.sockname.port);
  yield* server.serveForever();
});
