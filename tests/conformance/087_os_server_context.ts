// Handlers run in a copy of the context in which the server was started.

import { ContextVar } from "../../mod.ts";
import { openConnection, startServer } from "../../net.ts";
import { portOf, type Say } from "./harness.ts";

export default function* (say: Say) {
  const variable = new ContextVar<string>("var", { defaultValue: "default" });
  variable.set("at the start");
  const server = yield* startServer(
    (_reader, writer) => {
      say("handler sees", variable.get());
      variable.set("changed by a handler");
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  variable.set("later");
  for (let i = 0; i < 2; i++) {
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    say(yield* reader.read());
    writer.close();
    yield* writer.waitClosed();
  }
  say(variable.get());
  server.close();
}
