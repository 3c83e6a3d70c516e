/**
 * A server for a load generator to try. It ends at SIGTERM, when what was under way is answered, and then
 * says how much that was.
 *
 * @module
 */
import { allTasks, CancelledError, run, sleep } from "../../mod.ts";
import { serve } from "../../http.ts";
import { interrupted } from "../../process.ts";

let answered = 0;
/** How many were cut off while the server was waiting for those under way. */
let cutOff = 0;
let isEnding = false;

function* main() {
  const server = yield* serve(function* () {
    try {
      yield* sleep(2);
    } catch (error) {
      if (isEnding) cutOff++;
      throw error;
    }
    answered++;
    return new Response("hello");
  }, { port: 0, deadline: "10s", maxConcurrency: 200 });
  console.log((server.sockname as Deno.NetAddr).port);
  try {
    yield* server.serveForever();
  } finally {
    isEnding = true;
    yield* server.shutdown("10s");
    console.log(JSON.stringify({ answered, cutOff, left: allTasks().size - 1 }));
  }
}

try {
  await run(main, { signal: interrupted() });
} catch (error) {
  if (!(error instanceof CancelledError)) throw error;
}
