// A peer that does not read holds up drain(), and nobody else; it goes on when the peer reads.

import { createTask, Future, sleep, wait } from "../../mod.ts";
import { openConnection, startServer } from "../../net.ts";
import { portOf, type Say } from "./harness.ts";

const SIZE = 16 << 20;

export default function* (say: Say) {
  const peer = new Future<void>();
  const server = yield* startServer(
    function* (reader, writer) {
      yield* peer;
      let size = 0;
      for (;;) {
        const data = yield* reader.read(1 << 16);
        if (data.length === 0) break;
        size += data.length;
      }
      say("peer read", size);
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write(new Uint8Array(SIZE).fill(120));
  const drained = createTask(writer.drain());
  yield* sleep(50);
  say("drained", drained.done());
  const other = createTask(writer.drain());
  yield* sleep(0);
  drained.cancel();
  yield* wait([drained]);
  say("cancelled", drained.cancelled(), other.done());
  peer.setResult();
  yield* other;
  say("drained now");
  writer.writeEof();
  say(yield* reader.read());
  writer.close();
  yield* writer.waitClosed();
  server.close();
}
