/**
 * A bank as a JSON service in front of PostgreSQL. Each request has a deadline, and only so many run at
 * a time. When a client leaves, the query that runs for it is cancelled at the server and its transaction
 * rolled back. SIGTERM lets the requests that are there finish, for ten seconds, and no others begin.
 *
 *     deno run --allow-net --allow-env --unstable-no-legacy-abort examples/service/main.ts \
 *       postgres://me:secret@localhost/bank
 *     curl http://127.0.0.1:8000/accounts/1
 *     curl http://127.0.0.1:8000/transfers --json '{"from": 1, "to": 2, "amount": 250}'
 *     curl http://127.0.0.1:8000/health
 *
 * @module
 */

import { parseArgs } from "node:util";
import { CancelledError, type Coroutine, type Duration, run } from "../../mod.ts";
import { serve } from "../../http.ts";
import { interrupted } from "../../process.ts";
import { Bank } from "./bank.ts";
import { Database } from "./database.ts";
import { answer, explain } from "./routes.ts";

const { values: flags, positionals: [url] } = parseArgs({
  allowPositionals: true,
  options: {
    hostname: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "8000" },
    connections: { type: "string", default: "10" },
    concurrency: { type: "string", default: "100" },
    deadline: { type: "string", default: "5s" },
    "query-limit": { type: "string", default: "2s" },
    grace: { type: "string", default: "10s" },
  },
});

function* main(): Coroutine<void> {
  const database = new Database(url, {
    size: Number(flags.connections),
    queryLimit: flags["query-limit"] as Duration,
  });
  try {
    const bank = new Bank(database);
    yield* bank.open();
    const server = yield* serve(answer(bank, database), {
      hostname: flags.hostname,
      port: Number(flags.port),
      deadline: flags.deadline as Duration,
      maxConcurrency: Number(flags.concurrency),
      onError: explain,
    });
    try {
      const { port } = server.sockname as Deno.NetAddr;
      console.log(`Listening on http://${flags.hostname}:${port}`);
      yield* server.waitClosed(); // that is, until a signal cancels this
    } finally {
      yield* server.shutdown(flags.grace as Duration);
    }
  } finally {
    yield* database.close();
    console.log("Closed");
  }
}

if (import.meta.main) {
  if (!URL.canParse(url)) {
    console.error("Which database? Say postgres://user:password@host/name");
    Deno.exit(2);
  }
  try {
    await run(main, { signal: interrupted("SIGTERM", "SIGINT") });
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}
