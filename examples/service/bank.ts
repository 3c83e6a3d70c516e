/**
 * What the service is about: accounts, and transfers between them.
 *
 * @module
 */

import type { Coroutine } from "../../mod.ts";
import type { Database } from "./database.ts";

/** An account; its balance is in cents. */
export interface Account {
  id: number;
  owner: string;
  balance: number;
}

/** What moves money. */
export interface Transfer {
  from: number;
  to: number;
  amount: number;
}

/** What a client asked for can't be done; the status says to programs why. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class Bank {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes the tables where there are none, with two customers for a start. */
  *open(): Coroutine<void> {
    yield* this.#database.transaction(function* (query) {
      yield* query`
        create table if not exists accounts (
          id integer primary key,
          owner text not null,
          balance integer not null check (balance >= 0)
        )`;
      yield* query`
        create table if not exists transfers (
          payer integer references accounts,
          payee integer references accounts,
          amount integer not null,
          time timestamptz not null default now()
        )`;
      yield* query`
        insert into accounts values (1, 'Ada', 10000), (2, 'Grace', 5000)
        on conflict do nothing`;
    });
  }

  *account(id: number): Coroutine<Account> {
    return yield* this.#database.transaction(function* (query) {
      const [account] = yield* query<Account>`select * from accounts where id = ${id}`;
      if (account === undefined) throw new Refusal(404, `There is no account ${id}`);
      return account;
    });
  }

  /** Moves money from one account to another; all of it or nothing. */
  *transfer({ from, to, amount }: Transfer): Coroutine<Account> {
    return yield* this.#database.transaction(function* (query) {
      // Always in the same order: two transfers in opposite directions would wait for each other.
      const accounts = yield* query<Account>`
        select * from accounts where id in (${from}, ${to}) order by id for update`;
      if (accounts.length < 2) throw new Refusal(404, "There are no two such accounts");
      const payer = accounts.find(({ id }) => id === from)!;
      if (payer.balance < amount) throw new Refusal(409, `${payer.owner} has not that much`);
      yield* query`update accounts set balance = balance - ${amount} where id = ${from}`;
      yield* query`update accounts set balance = balance + ${amount} where id = ${to}`;
      yield* query`insert into transfers values (${from}, ${to}, ${amount})`;
      return { ...payer, balance: payer.balance - amount };
    });
  }
}
