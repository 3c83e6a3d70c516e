// The end of one direction leaves the other one open, on both sides.

import { InvalidStateError, sleep } from "../../mod.ts";
import { openConnection, startServer } from "../../net.ts";
import { except, portOf, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const server = yield* startServer(
    function* (reader, writer) {
      const asked = yield* reader.read();
      say("all of it:", asked);
      yield* sleep(20);
      writer.write("answer to ");
      writer.write(asked);
      writer.writeEof();
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write("a question");
  writer.writeEof();
  writer.writeEof();
  try {
    writer.write("too late");
  } catch (error) {
    say(typeName(except(error, InvalidStateError)));
  }
  say(yield* reader.read());
  writer.close();
  yield* writer.waitClosed();
  server.close();
  yield* server.waitClosed();
}
