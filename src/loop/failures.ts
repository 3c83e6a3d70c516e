/**
 * Failures that nobody has looked at.
 *
 * CPython reports them when the garbage collector finds them. A collector that has much memory comes
 * late, if at all, so here they are also reported when a second has passed, and when the loop closes:
 * whichever is first, and once.
 *
 * @module
 */
import { cut } from "../check.ts";
import type { Report, Variables } from "../kernel/kernel.ts";
import { PATIENCE, QuietTimer } from "../kernel/quiet_timer.ts";
import { afterHostTurn } from "../kernel/yield_to_host.ts";
import { holderOf } from "../task/context.ts";
import type { Future } from "../task/future.ts";
import { Task } from "../task/task.ts";

/** Tasks whose failure was reported, by whoever made them for example: once is enough. */
export const reported: WeakSet<object> = /* @__PURE__ */ new WeakSet<object>();

/** What a report needs, without the future itself, which may become garbage meanwhile. */
interface Failure {
  readonly failures: Failures;
  readonly message: string;
  readonly exception: unknown;
  readonly variables: Variables | null;
  readonly future: WeakRef<Future<unknown>>;
  readonly since: number;
}

let garbage: FinalizationRegistry<Failure> | undefined;

/** The failures of one loop. */
export class Failures {
  readonly #report: (report: Report, variables: Variables | null) => void;
  /** Whether to report in the host's next turn: where programs end without a loop that closes. */
  readonly #soon: boolean;
  /** Those of this slice: most are looked at before it ends. */
  readonly #fresh = new Set<Future<unknown>>();
  readonly #unhandled = new Set<Failure>();
  readonly #byFuture = new WeakMap<Future<unknown>, Failure>();
  readonly #timer = new QuietTimer();

  constructor(report: (report: Report, variables: Variables | null) => void, soon: boolean) {
    this.#report = report;
    this.#soon = soon;
  }

  /** A future failed; the program should look at it. */
  add(future: Future<unknown>): void {
    this.#fresh.add(future);
    if (this.#fresh.size > 1) return;
    if (this.#soon) afterHostTurn(() => this.reportAll());
    else queueMicrotask(() => this.#letGo());
  }

  /** The program has looked at it. */
  delete(future: Future<unknown>): void {
    if (this.#fresh.delete(future)) return;
    const failure = this.#byFuture.get(future);
    if (failure !== undefined) this.#forget(failure);
  }

  /** Reports all, because the loop closes. */
  reportAll(): void {
    this.#letGo();
    for (const failure of this.#unhandled) this.reportOne(failure);
  }

  /** Reports a failure, unless that was done. */
  reportOne(failure: Failure): void {
    if (!this.#forget(failure)) return;
    const { message, exception, variables } = failure;
    const future = failure.future.deref();
    this.#report(
      future === undefined
        ? { message, exception }
        : { message, exception, [future instanceof Task ? "task" : "future"]: future },
      variables,
    );
  }

  /** Lets the futures be garbage, and has their becoming so noticed. */
  #letGo(): void {
    garbage ??= new FinalizationRegistry((failure) => failure.failures.reportOne(failure));
    for (const future of this.#fresh) {
      this.#fresh.delete(future);
      const failure = this.#failureOf(future);
      this.#unhandled.add(failure);
      this.#byFuture.set(future, failure);
      garbage.register(future, failure, failure);
    }
    this.#reportOld();
  }

  #failureOf(future: Future<unknown>): Failure {
    const isTask = future instanceof Task;
    return {
      failures: this,
      message: isTask
        ? `Task ${cut(future.name)} failed and nobody waited for it`
        : "A future failed and nobody waited for it",
      exception: future["_outcome"](),
      variables: isTask ? holderOf(future.context)._variables : null,
      future: new WeakRef(future),
      since: performance.now(),
    };
  }

  #forget(failure: Failure): boolean {
    garbage?.unregister(failure);
    const known = this.#unhandled.delete(failure);
    if (this.#unhandled.size === 0) this.#timer.clear();
    return known;
  }

  /** Reports what was not looked at in time, and waits for the next. */
  #reportOld(): void {
    for (const failure of this.#unhandled) {
      const left = failure.since + PATIENCE - performance.now();
      if (left >= 1) return this.#timer.set(left, () => this.#reportOld());
      this.reportOne(failure);
    }
  }
}
