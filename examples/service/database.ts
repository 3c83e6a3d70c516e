/**
 * A pool of connections to PostgreSQL, for coroutines: a transaction has a connection to itself, each of
 * its queries has a time limit, and one whose wait is cut off is cancelled at the server.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- so that a copy of this file finds its package.
import postgres from "npm:postgres@3.4.9";
import {
  CancelledError,
  type Coroutine,
  createTask,
  type Duration,
  LifoQueue,
  type Operation,
  shield,
  type Task,
  until,
  wait,
  waitFor,
} from "../../mod.ts";

/** What a query may be given. */
type Value = string | number | boolean | Date | null;

/** Runs one query: `const [account] = yield* query<Account>`select …``. */
export type Query = <Row extends object>(
  text: TemplateStringsArray,
  ...values: Value[]
) => Operation<Row[]>;

/** Until a cancel is repeated: the first may arrive before the query that it is meant for. */
const PAUSE = "50ms";

export class Database {
  readonly #connections: postgres.Sql[];
  /** The connections that nobody uses. The last one used comes first: it is the least likely to be cold. */
  readonly #idle = new LifoQueue<postgres.Sql>();
  /** Never waits in line behind the queries that it is to cancel. */
  readonly #control: postgres.Sql;
  readonly #queryLimit: Duration;

  constructor(url: string, options: { size: number; queryLimit: Duration }) {
    const connect = (name: string) =>
      postgres(url, {
        max: 1, // connects when it is first used, and again when it was lost
        connect_timeout: 5,
        onnotice: () => {},
        connection: { application_name: name },
      });
    if (!(options.size >= 1)) throw new RangeError("Queries need one connection at least");
    this.#connections = Array.from({ length: options.size }, () => connect("bank"));
    for (const connection of this.#connections) this.#idle.putNowait(connection);
    this.#control = connect("bank control");
    this.#queryLimit = options.queryLimit;
  }

  /**
   * Runs a transaction. It is committed when the body returns, and rolled back when it fails or is
   * cancelled; a cancel goes on when that is done.
   */
  *transaction<T>(body: (query: Query) => Coroutine<T>): Coroutine<T> {
    const connection = yield* this.#idle.get();
    let cancelling: Task<void> | null = null;
    try {
      const { state } = yield* until(connection`begin`);
      const query: Query = <Row extends object>(text: TemplateStringsArray, ...values: Value[]) => {
        const pending = connection<Row[]>(text, ...values);
        const rows = until(pending, {
          onCancel: () => shield(cancelling = createTask(this.#cancel(state.pid, pending))),
        });
        return waitFor(rows, this.#queryLimit);
      };
      const result = yield* body(query);
      yield* until(connection`commit`);
      this.#idle.putNowait(connection);
      return result;
    } catch (error) {
      // Whoever is cancelled again doesn't wait for it. It is done all the same.
      yield* shield(this.#rollBack(connection, cancelling));
      throw error;
    }
  }

  /** Whether the server answers. */
  *isUp(): Coroutine<boolean> {
    try {
      yield* waitFor(until(this.#control`select 1`), "1s");
      return true;
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return false;
    }
  }

  /** Closes the connections. */
  *close(): Coroutine<void> {
    const all = [...this.#connections, this.#control];
    yield* until(Promise.all(all.map((connection) => connection.end({ timeout: 1 }))));
  }

  /**
   * Cancels a query at the server, and waits until it has ended. Postgres.js has a `cancel()` of its own,
   * but that doesn't tell when the server has heard of it; by then another query may be running.
   */
  *#cancel(pid: number, query: Promise<unknown>): Coroutine<void> {
    const ended = createTask(until(query.then(() => {}, () => {})));
    do {
      try {
        yield* until(this.#control`select pg_cancel_backend(${pid})`);
      } catch (error) {
        if (error instanceof CancelledError) throw error;
        // The server is gone, and so is the query.
      }
    } while ((yield* wait([ended], { timeout: PAUSE })).pending.size > 0);
  }

  *#rollBack(connection: postgres.Sql, cancelling: Task<void> | null): Coroutine<void> {
    try {
      if (cancelling !== null) yield* cancelling;
      yield* until(connection`rollback`);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      // The connection is lost. The server rolls back by itself, and the next query connects again.
    } finally {
      this.#idle.putNowait(connection);
    }
  }
}
