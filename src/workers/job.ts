/**
 * Jobs, and the functions that they call.
 *
 * @module
 */
import { checkFunction, describe, functionName } from "../check.ts";
import { isGeneratorFunction } from "../task/generator.ts";
import type { JobKey } from "./protocol.ts";
import type { PoolThread } from "./pool_thread.ts";

/** What a job calls. The jobs of one pool that call the same share it. */
export interface Callee {
  readonly key: JobKey;
  /** The function's text; `null` where a module has the function. */
  readonly source: string | null;
  /** What it is called in messages. */
  readonly name: string;
  /** How many milliseconds a call takes, by those that there were; `Infinity` before the first. */
  cost: number;
  /** How many calls there were since the last one that was long; below zero for long after that. */
  trust: number;
}

/** Who waits for a job. */
export interface JobListener {
  /** It has returned. */
  _onReturned(value: unknown): void;
  /** It has thrown, or could not be sent. */
  _onThrew(error: unknown): void;
  /** The pool has cancelled it. */
  _onCancelled(): void;
}

/** A call of a function in another thread. */
export class Job {
  readonly callee: Callee;
  /** What `transfer` returned is still in there. */
  readonly args: unknown[];
  readonly listener: JobListener;
  /** The thread that it was sent to. */
  thread: PoolThread | null = null;
  /** The number of its cell there. */
  cell = -1;
  /** What it was taken to need when it was given to the thread, in milliseconds; `Infinity` if unknown. */
  load = 0;
  /** Whether nobody waits any more: it has its result, or was cancelled. */
  settled = false;

  constructor(callee: Callee, args: unknown[], listener: JobListener) {
    this.callee = callee;
    this.args = args;
    this.listener = listener;
  }
}

/** The functions that the jobs of a pool call. */
export class Callees {
  readonly #named = new Map<string, Callee>();
  readonly #bySource = new Map<string, Callee>();
  /** To ask a function for its text and look that up takes as long as all else, if the text is long. */
  readonly #byFunction = new WeakMap<object, Callee>();
  readonly #hasModule: boolean;

  constructor(hasModule: boolean) {
    this.#hasModule = hasModule;
  }

  /**
   * What a function or a name stands for.
   *
   * @throws {TypeError} When it is neither, or the function can't travel.
   */
  get(fn: unknown): Callee {
    if (typeof fn === "string") return this.#get(this.#named, fn, fn, null, fn);
    const known = this.#byFunction.get(fn as object);
    if (known !== undefined) return known;
    const source = sourceOf(fn, this.#hasModule);
    const key = this.#bySource.size;
    const callee = this.#get(this.#bySource, source, key, source, functionName(fn));
    this.#byFunction.set(fn as object, callee);
    return callee;
  }

  #get(
    map: Map<string, Callee>,
    id: string,
    key: JobKey,
    source: string | null,
    name: string,
  ): Callee {
    let callee = map.get(id);
    if (callee !== undefined) return callee;
    if (source === null && !this.#hasModule) {
      throw new TypeError(
        `fn must be a function, got ${describe(id)}: a name needs a pool with a module`,
      );
    }
    callee = { key, source, name, cost: Infinity, trust: 0 };
    map.set(id, callee);
    return callee;
  }
}

const asyncGeneratorFunction: object = Object.getPrototypeOf(async function* () {});

/** The text of a function, if that is all that there is to it. */
function sourceOf(fn: unknown, hasModule: boolean): string {
  if (hasModule && typeof fn !== "function") {
    throw new TypeError(`fn must be a function or the name of an export, got ${describe(fn)}`);
  }
  checkFunction(fn, "fn");
  const source = Function.prototype.toString.call(fn);
  const refuse = (what: string) =>
    new TypeError(`fn must be a plain or an async function, got ${describe(fn)}: ${what}`);
  if (isGeneratorFunction(fn) || Object.getPrototypeOf(fn) === asyncGeneratorFunction) {
    throw refuse("a generator function needs an event loop, and there is none in the thread");
  }
  if (/^class\b/.test(source)) throw refuse("a class is no function to call");
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw refuse("a bound or built-in function has no text that could travel");
  }
  if (/^(get|set)\s+[\w$["'#]/.test(source)) throw refuse("an accessor can't travel");
  return source;
}
