/**
 * A server that is looked at while it is under load. For each line on its standard input it collects
 * its garbage, and prints how big its heap is and how many tasks there are.
 *
 * @module
 */
import { serve } from "../../../http.ts";
import { allTasks, createTask, run, sleep, until } from "../../../mod.ts";

declare function gc(): void;

function* look() {
  const input = Deno.stdin.readable.getReader();
  while (!(yield* until(input.read())).done) {
    gc();
    const { heapUsed: heap } = Deno.memoryUsage();
    console.log(JSON.stringify({ heap, tasks: allTasks().size }));
  }
}

await run(function* () {
  const server = yield* serve(function* () {
    yield* sleep(5);
    return new Response("Hello, World!");
  }, { port: 0, deadline: "30s", backlog: 4096 });
  if ("port" in server.sockname) console.log(server.sockname.port);
  createTask(look());
  yield* server.serveForever();
});
