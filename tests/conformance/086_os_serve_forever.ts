// serveForever() ends by a cancel, and the server is closed then.

import { CancelledError, createTask, InvalidStateError, sleep } from "../../mod.ts";
import { startServer } from "../../net.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const server = yield* startServer((_reader, writer) => writer.close(), "127.0.0.1", 0);
  say(server.isServing());
  const t = createTask(server.serveForever());
  yield* sleep(10);
  try {
    yield* server.serveForever();
  } catch (error) {
    say(typeName(except(error, InvalidStateError)));
  }
  t.cancel();
  try {
    yield* t;
  } catch (error) {
    except(error, CancelledError);
    say("cancelled");
  }
  say(server.isServing());
  try {
    yield* server.serveForever();
  } catch (error) {
    say(typeName(except(error, InvalidStateError)));
  }
  server.close();
  yield* server.waitClosed();
}
