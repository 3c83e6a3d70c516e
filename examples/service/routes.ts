/**
 * What the service answers: JSON, always.
 *
 * @module
 */

import { type Coroutine, TimeoutError, until } from "../../mod.ts";
import { type Bank, Refusal, type Transfer } from "./bank.ts";
import type { Database } from "./database.ts";

/** The largest number that a request may have: as for accounts in a path, nine digits fit into the database. */
const LARGEST = 999_999_999;

/** The handler of the service's requests. */
export function answer(bank: Bank, database: Database) {
  return function* (request: Request): Coroutine<Response> {
    const { pathname } = new URL(request.url);
    const [, id] = /^\/accounts\/(\d{1,9})$/.exec(pathname) ?? [];
    const route = `${request.method} ${id === undefined ? pathname : "/accounts/"}`;
    switch (route) {
      case "GET /health": {
        const isUp = yield* database.isUp();
        return Response.json({ database: isUp ? "up" : "down" }, { status: isUp ? 200 : 503 });
      }
      case "GET /accounts/":
        return Response.json(yield* bank.account(Number(id)));
      case "POST /transfers":
        return Response.json(yield* bank.transfer(yield* readTransfer(request)), { status: 201 });
      default:
        throw new Refusal(404, `There is no ${request.method} ${pathname}`);
    }
  };
}

/** What becomes of a request whose handler failed. */
export function explain(error: unknown): Response {
  const say = (status: number, message: string) => Response.json({ error: message }, { status });
  if (error instanceof Refusal) return say(error.status, error.message);
  if (error instanceof TimeoutError) return say(504, "The database takes too long");
  console.error(error);
  return say(500, "Something went wrong");
}

function* readTransfer(request: Request): Coroutine<Transfer> {
  let body;
  try {
    body = yield* until(request.json());
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, error.message);
    throw error;
  }
  const { from, to, amount } = Object(body);
  const isNumber = (value: unknown) =>
    Number.isInteger(value) && Number(value) > 0 && Number(value) <= LARGEST;
  if (![from, to, amount].every(isNumber)) {
    throw new Refusal(400, `from, to and amount must be whole numbers from 1 to ${LARGEST}`);
  }
  return { from, to, amount };
}
