// What cannot be connected to.

import type { Coroutine, Operation } from "../../mod.ts";
import { openConnection, openUnixConnection, OSError, startServer } from "../../net.ts";
import { except, portOf, type Say } from "./harness.ts";

export default function* (say: Say) {
  function* attempt(what: string, wait: Operation<unknown>): Coroutine<void> {
    try {
      yield* wait;
    } catch (error) {
      say(what, except(error, OSError).code);
    }
  }

  const handle = () => {};
  const server = yield* startServer(handle, "127.0.0.1", 0);
  const port = portOf(server);
  yield* attempt("listen twice", startServer(handle, "127.0.0.1", port));
  server.close();
  yield* server.waitClosed();
  yield* attempt("a port that nobody listens on", openConnection("127.0.0.1", port));
  const folder = Deno.makeTempDirSync();
  yield* attempt("no such socket", openUnixConnection(`${folder}/none`));
  Deno.removeSync(folder);
}
