/**
 * The baseline of HTTP: `Deno.serve` with an async function. The argument says what a handler does:
 * `none` answers at once, `sleep5` and `sleep30` wait for so many milliseconds first.
 *
 * @module
 */

const hello = () => new Response("Hello, World!");
const after = (ms: number) => async () => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return hello();
};
const handlers: Record<string, () => Promise<Response>> = {
  // deno-lint-ignore require-await -- an async function that needn't wait is what is compared.
  none: async () => hello(),
  sleep5: after(5),
  sleep30: after(30),
};

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, handlers[Deno.args[0]]);
