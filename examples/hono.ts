/**
 * Hono on `serve`, as FastAPI stands on asyncio: Hono has the routes, the validation and the answers, and
 * its handlers are coroutines. When a client leaves, they are cancelled, clean up, and are waited for.
 *
 *     deno run --allow-net --unstable-no-legacy-abort examples/hono.ts
 *     curl http://127.0.0.1:8000/books --json '{"title": "Emma", "pages": 474}'
 *     curl http://127.0.0.1:8000/books --json '{"title": "", "pages": 47.4}'
 *     curl http://127.0.0.1:8000/books/1
 *     curl --no-buffer http://127.0.0.1:8000/books/1/pages
 *
 * There is a WebSocket besides: ws://127.0.0.1:8000/shout sends back whatever it gets, louder.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- so that a copy of this file finds its packages.
import { Hono } from "npm:hono@4.13.19";
import { HTTPException } from "npm:hono@4.13.19/http-exception";
import { validator } from "npm:hono@4.13.19/validator";
import * as z from "npm:zod@4.6.7";
import {
  CancelledError,
  type Coroutine,
  currentTask,
  iterate,
  Lock,
  run,
  sleep,
  until,
} from "../mod.ts";
import { serve, stream, upgradeWebSocket } from "../http.ts";
import { interrupted } from "../process.ts";

/** What handlers find in `c.env`. */
interface Served {
  Bindings: {
    /** Runs a coroutine for this request: a cancel of the one is a cancel of the other. */
    run<T>(main: () => Coroutine<T>): Promise<T>;
  };
}

/** This is all that it takes: an app of Hono's as the handler of a server. */
function handle(app: Hono<Served>) {
  return function* (request: Request): Coroutine<Response> {
    const { loop, context, signal } = currentTask()!;
    const run = <T>(main: () => Coroutine<T>): Promise<T> => {
      const task = loop.createTask(main(), { context });
      signal.addEventListener("abort", () => task.cancel());
      return task.then();
    };
    const response = Promise.resolve(app.fetch(request, { run }));
    return yield* until(response, { onCancel: () => response.then(() => {}, () => {}) });
  };
}

/** Has Hono answer 400 to what doesn't fit a schema. */
const valid = <T extends z.ZodType>(target: "json" | "param", schema: T) =>
  validator(target, (value, c) => {
    const { success, data, error } = schema.safeParse(value);
    return success ? data : c.json({ error: z.prettifyError(error) }, 400);
  });

const Book = z.object({ title: z.string().min(1), pages: z.int().positive() });
const Id = z.object({ id: z.coerce.number().int() });

const books: z.infer<typeof Book>[] = [];
const shelf = new Lock();

function* find(id: number) {
  yield* sleep("5ms"); // about as long as a database would take
  const book = books[id - 1];
  if (book === undefined) throw new HTTPException(404, { message: `There is no book ${id}` });
  return book;
}

const app = new Hono<Served>()
  .post("/books", valid("json", Book), (c) =>
    c.env.run(function* () {
      using _held = yield* shelf.acquire();
      yield* sleep("5ms");
      const id = books.push(c.req.valid("json"));
      return c.json({ id, ...c.req.valid("json") }, 201);
    }))
  .get("/books/:id", valid("param", Id), (c) =>
    c.env.run(function* () {
      const { id } = c.req.valid("param");
      return c.json({ id, ...yield* find(id) });
    }))
  .get("/books/:id/pages", valid("param", Id), (c) =>
    c.env.run(function* () {
      const { title, pages } = yield* find(c.req.valid("param").id);
      return c.body(stream(function* (write) {
        let page = 0;
        try {
          while (page < pages) {
            yield* write(`${title}, page ${++page}\n`);
            yield* sleep("50ms");
          }
        } finally {
          console.log(`Read ${page} of ${pages} pages`);
        }
      }));
    }))
  .get("/books/:id/translation", valid("param", Id), (c) =>
    c.env.run(function* () {
      const { title } = yield* find(c.req.valid("param").id);
      try {
        yield* sleep("1h");
      } finally {
        console.log(`Nobody waits for the translation of ${title} any more`);
      }
      return c.body(null, 204);
    }))
  .get("/shout", (c) =>
    upgradeWebSocket(c.req.raw, function* (socket) {
      yield* iterate(socket, (message) => socket.send(String(message).toUpperCase()));
    }));

app.notFound((c) => c.json({ error: "There is nothing of that name" }, 404));
app.onError((error, c) => {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  throw error; // a cancel, too: the server knows what to do
});

function* main(port: number): Coroutine<void> {
  const server = yield* serve(handle(app), { port });
  const address = server.sockname as Deno.NetAddr;
  console.log(`Listening on http://${address.hostname}:${address.port}`);
  try {
    yield* server.waitClosed(); // that is, until a signal cancels this
  } finally {
    yield* server.shutdown("1s");
  }
}

if (import.meta.main) {
  try {
    await run(main(Number(Deno.args[0] ?? 8000)), { signal: interrupted() });
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}
