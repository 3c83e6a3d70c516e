// A handler that throws ends its own connection; the server goes on.

import { getRunningLoop, sleep } from "../../mod.ts";
import { openConnection, startServer } from "../../net.ts";
import { portOf, type Say } from "./harness.ts";

export default function* (say: Say) {
  getRunningLoop().setExceptionHandler(({ exception }) => say("reported", exception));
  const server = yield* startServer(
    function* (reader, writer) {
      const line = new TextDecoder().decode(yield* reader.readline());
      if (line === "fail\n") throw new RangeError("a bad line");
      writer.write("good\n");
    },
    "127.0.0.1",
    0,
  );
  for (const line of ["fail\n", "fine\n"]) {
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    writer.write(line);
    say("answer:", yield* reader.read());
    writer.close();
    yield* writer.waitClosed();
  }
  yield* sleep(10);
  server.close();
}
