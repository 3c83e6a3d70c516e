/**
 * The service in front of PostgreSQL: a real database, real clients, and what they leave behind there.
 *
 * @module
 */

import { connect } from "node:net";
import { once } from "node:events";
import { assert, assertEquals } from "@std/assert";
// deno-lint-ignore no-import-prefix -- it is the example's own.
import postgres from "npm:postgres@3.4.9";
import { type Postgres, postgresTest } from "../postgres/server.ts";
import { type Running, spawnExample } from "./spawn.ts";

/** It hangs if it takes longer. In milliseconds. */
const PATIENCE = 20_000;

const TRANSFER = { from: 1, to: 2, amount: 250 };

/** The service, and a look into its database from outside. */
class Fixture implements AsyncDisposable {
  readonly process: Running;
  readonly sql: postgres.Sql;
  url = "";

  constructor({ url }: Postgres, flags: string[]) {
    this.process = spawnExample("service/main.ts", {
      args: ["--port=0", ...flags, url],
      permissions: ["--allow-net=127.0.0.1", "--allow-env", "--unstable-no-legacy-abort"],
    });
    this.sql = postgres(url, { max: 2, connection: { application_name: "test" } });
  }

  static async start(postgres: Postgres, ...flags: string[]): Promise<Fixture> {
    const fixture = new Fixture(postgres, flags);
    const [, url] = await fixture.process.stdoutMatches(/^Listening on (\S+)\n/m);
    fixture.url = url;
    return fixture;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.sql.end({ timeout: 1 });
  }

  /** Asks for something; gives the status and the answer. */
  async ask(path: string, body?: unknown, signal?: AbortSignal): Promise<[number, unknown]> {
    const post = { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await fetch(this.url + path, { ...body === undefined ? {} : post, signal });
    return [response.status, await response.json().catch(() => null)];
  }

  /** Sends a transfer through a connection that the test can treat as it likes. */
  async send(path: string, body: unknown) {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const text = JSON.stringify(body);
    const head = `POST ${path} HTTP/1.1\r\nhost: bank\r\ncontent-length: ${text.length}\r\n\r\n`;
    socket.write(head + text);
    return socket;
  }

  /** Keeps a table from being used while the body runs. */
  async whileLocked(table: string, body: () => Promise<void>): Promise<void> {
    await this.sql.begin(async (sql) => {
      await sql`lock table ${sql(table)} in access exclusive mode`;
      await body();
    });
  }

  /** What the service's connections are doing at the server, apart from nothing. */
  async activity(): Promise<{ state: string; wait: string; query: string }[]> {
    return [
      ...await this.sql<{ state: string; wait: string; query: string }[]>`
      select state, wait_event_type as wait, query from pg_stat_activity
      where application_name = 'bank' and state <> 'idle'`,
    ];
  }

  /** Waits until so many queries of the service wait for the lock. */
  async queriesWait(count: number): Promise<void> {
    await waitUntil(async () =>
      (await this.activity()).filter(({ wait }) => wait === "Lock").length === count
    );
  }

  /** The balances, and what has been transferred according to the journal. */
  async books() {
    const accounts = await this.sql`select id, balance from accounts order by id`;
    const transfers = await this.sql`select payer, payee, amount from transfers`;
    return { balances: accounts.map(({ balance }) => balance), transfers: [...transfers] };
  }
}

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`Not within ${PATIENCE} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

postgresTest("service: moves money, refuses nonsense, and tells how it is", async (postgres) => {
  await using service = await Fixture.start(postgres);
  assertEquals(await service.ask("/health"), [200, { database: "up" }]);
  assertEquals(await service.ask("/accounts/1"), [200, { id: 1, owner: "Ada", balance: 10_000 }]);
  assertEquals(await service.ask("/transfers", TRANSFER), [
    201,
    { id: 1, owner: "Ada", balance: 9750 },
  ]);
  for (
    const [path, body, status] of [
      ["/accounts/7", undefined, 404],
      ["/accounts/one", undefined, 404],
      ["/transfers", { ...TRANSFER, amount: -1 }, 400],
      ["/transfers", { ...TRANSFER, amount: "250" }, 400],
      ["/transfers", { ...TRANSFER, from: 2 ** 40 }, 400],
      ["/transfers", `{"from": 1, `, 400],
      ["/transfers", { ...TRANSFER, to: 7 }, 404],
      ["/transfers", { ...TRANSFER, amount: 1_000_000 }, 409],
    ] as const
  ) {
    const [got, answer] = await service.ask(path, body);
    assertEquals({ path, body, got }, { path, body, got: status });
    assertEquals(Object.keys(Object(answer)), ["error"]);
  }
  assertEquals((await service.books()).balances, [9750, 5250]);
  assertEquals(await service.activity(), []);

  await service.sql.end();
  await postgres[Symbol.asyncDispose]();
  assertEquals(await service.ask("/health"), [503, { database: "down" }]);
});

postgresTest(
  "service: a query that takes too long is cancelled at the server",
  async (postgres) => {
    await using service = await Fixture.start(postgres, "--query-limit=200ms");
    await service.whileLocked("accounts", async () => {
      const [status] = await service.ask("/accounts/1");
      assertEquals(status, 504);
      assertEquals(await service.activity(), []); // at once: the answer has waited for it
    });
    assertEquals((await service.ask("/accounts/1"))[0], 200);
  },
);

postgresTest(
  "service: so is the query of a request whose deadline has passed",
  async (postgres) => {
    await using service = await Fixture.start(postgres, "--query-limit=1m", "--deadline=200ms");
    await service.whileLocked("transfers", async () => {
      const [status] = await service.ask("/transfers", TRANSFER);
      assertEquals(status, 503);
      await waitUntil(async () => (await service.activity()).length === 0);
    });
    assertEquals(await service.books(), { balances: [10_000, 5000], transfers: [] });
  },
);

postgresTest(
  "service: the transaction of a client that leaves is rolled back",
  async (postgres) => {
    const flags = ["--query-limit=1m", "--deadline=1m", "--connections=3"];
    await using service = await Fixture.start(postgres, ...flags);
    await service.whileLocked("transfers", async () => {
      const resets = await service.send("/transfers", TRANSFER);
      const ends = await service.send("/transfers", { from: 2, to: 1, amount: 1 });
      await service.queriesWait(2); // one for the table, the other one for the rows
      resets.resetAndDestroy();
      await service.queriesWait(1);
      ends.destroy();
      const leaves = new AbortController();
      const aborted = service.ask("/transfers", TRANSFER, leaves.signal).catch(({ name }) => name);
      await waitUntil(async () => (await service.activity()).some(({ wait }) => wait === "Lock"));
      leaves.abort();
      assertEquals(await aborted, "AbortError");
      await waitUntil(async () => (await service.activity()).length === 0);
    });
    assertEquals(await service.books(), { balances: [10_000, 5000], transfers: [] });

    // Each of the connections is of use again.
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => service.ask("/transfers", TRANSFER)),
    );
    assertEquals(answers.map(([status]) => status), Array(9).fill(201));
    assertEquals((await service.books()).balances, [10_000 - 9 * 250, 5000 + 9 * 250]);
  },
);

postgresTest(
  "service: the books are right however many clients come and leave",
  async (postgres) => {
    const flags = ["--connections=4", "--concurrency=20", "--deadline=1m"];
    await using service = await Fixture.start(postgres, ...flags);
    const answers = await Promise.all(Array.from({ length: 120 }, async (_, i) => {
      const [from, to] = i % 2 === 0 ? [1, 2] : [2, 1];
      const signal = i % 3 === 0 ? AbortSignal.timeout(i) : undefined;
      try {
        return (await service.ask("/transfers", { from, to, amount: 1 + i }, signal))[0];
      } catch {
        return null; // left
      }
    }));
    assertEquals(answers.filter((status) => status !== null && status !== 201), []);
    await waitUntil(async () => (await service.activity()).length === 0);
    const { balances, transfers } = await service.books();
    assert(transfers.length >= answers.filter((status) => status === 201).length);
    const balance = (id: number, start: number) =>
      transfers.reduce(
        (sum, { payer, payee, amount }) =>
          sum + (payee === id ? amount : 0) - (payer === id ? amount : 0),
        start,
      );
    assertEquals(balances, [balance(1, 10_000), balance(2, 5000)]);
  },
);

postgresTest("service: SIGTERM lets it finish what it has begun", async (postgres) => {
  await using service = await Fixture.start(postgres, "--query-limit=1m", "--deadline=1m");
  let answer: Promise<[number, unknown]>;
  await service.whileLocked("transfers", async () => {
    answer = service.ask("/transfers", TRANSFER);
    await service.queriesWait(1);
    service.process.kill("SIGTERM");
    await waitUntil(async () =>
      await service.ask("/accounts/1").catch(() => [503]).then(([status]) => status === 503)
    );
  });
  assertEquals((await answer!)[0], 201);
  const { code, signal, stdout, stderr } = await service.process.output();
  assertEquals({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
  assert(stdout.endsWith("\nClosed\n"), stdout);
  assertEquals((await service.books()).balances, [9750, 5250]);
});

postgresTest("service: SIGTERM doesn't wait for ever", async (postgres) => {
  const flags = ["--query-limit=1m", "--deadline=1m", "--grace=200ms"];
  await using service = await Fixture.start(postgres, ...flags);
  await service.whileLocked("transfers", async () => {
    const answer = service.ask("/transfers", TRANSFER);
    await service.queriesWait(1);
    service.process.kill("SIGTERM");
    assertEquals((await answer)[0], 503);
    const { code, stderr } = await service.process.output();
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(await service.activity(), []);
  });
  assertEquals(await service.books(), { balances: [10_000, 5000], transfers: [] });
});
