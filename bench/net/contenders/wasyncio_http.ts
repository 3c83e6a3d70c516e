/**
 * HTTP by `serve`, with a coroutine as its handler. The argument says what a handler does: `none`
 * answers at once, `yield` gives up one turn, `limits` does so under a deadline and a limit of
 * concurrency, neither of which is ever hit; `sleep5` and `sleep30` wait for so many milliseconds.
 *
 * @module
 */
import { type HttpServer, serve } from "../../../http.ts";
import { type Coroutine, run, sleep } from "../../../mod.ts";

type Handler = () => Coroutine<Response>;

const hello = () => new Response("Hello, World!");
const after = (ms: number): Handler =>
  function* () {
    yield* sleep(ms);
    return hello();
  };
const handlers: Record<string, Handler> = {
  // deno-lint-ignore require-yield -- a coroutine that needn't wait is what is compared.
  none: function* () {
    return hello();
  },
  yield: after(0),
  limits: after(0),
  sleep5: after(5),
  sleep30: after(30),
};

await run(function* () {
  const [mode] = Deno.args;
  const limits = mode === "limits" ? { deadline: "30s", maxConcurrency: 10_000 } as const : {};
  const server: HttpServer = yield* serve(handlers[mode], { port: 0, ...limits });
  if ("port" in server.sockname) console.log(server.sockname.port);
  yield* server.serveForever();
});
