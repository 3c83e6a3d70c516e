/**
 * Context variables: values that follow a task, not a thread of calls.
 *
 * A host has no hook that runs when a promise resumes, so browsers have nothing like
 * `contextvars`. A scheduler that resumes its tasks itself simply switches them.
 *
 * @module
 */
import { describe } from "./duration.ts";
import { InvalidStateError } from "./errors.ts";
import { currentContext, running, type Variables, type VariablesHolder } from "./running.ts";

/**
 * A snapshot of context variables, to run code in.
 *
 * @example
 * ```ts
 * const user = new ContextVar<string>("user");
 * const context = copyContext();
 * context.run(() => user.set("Ada"));
 * context.run(() => console.log(user.get())); // "Ada"; outside the context nothing has changed
 * ```
 */
export class Context {
  /** @internal */
  _variables: Variables;

  /** An empty context. {@linkcode copyContext} makes one with the current values. */
  constructor() {
    this._variables = null;
  }

  /**
   * Calls a function in this context; what it sets stays in this context.
   *
   * @param fn What to call.
   * @param args Its arguments.
   * @returns What `fn` returns.
   * @throws What `fn` throws.
   *
   * @example
   * ```ts
   * const answer = copyContext().run((a: number, b: number) => a + b, 40, 2);
   * ```
   */
  run<A extends unknown[], T>(fn: (...args: A) => T, ...args: A): T {
    if (typeof fn !== "function") {
      throw new TypeError(`fn must be a function, got ${describe(fn)}`);
    }
    const outer = running.context;
    running.context = this;
    try {
      return fn(...args);
    } finally {
      running.context = outer;
    }
  }
}

/** @internal A context that sees these variables. */
export function contextOf(variables: Variables): Context {
  const context = new Context();
  context._variables = variables;
  return context;
}

/**
 * A copy of the current context. It costs nothing: contexts share their values until one is set.
 *
 * @example
 * ```ts
 * const context = copyContext();
 * createTask(worker(), { context });
 * ```
 */
export function copyContext(): Context {
  return contextOf(currentContext()._variables);
}

/**
 * What {@linkcode ContextVar.set} returns, to undo the set with {@linkcode ContextVar.reset}.
 *
 * @example
 * ```ts
 * const user = new ContextVar<string>("user");
 * const token: Token<string> = user.set("Ada");
 * user.reset(token);
 * ```
 */
export class Token<T> {
  /** @internal */
  _used = false;
  /** @internal */
  readonly _context: VariablesHolder;
  /** @internal */
  readonly _had: boolean;
  /** @internal */
  readonly _old: T | undefined;
  /** The variable that was set. */
  readonly variable: ContextVar<T>;

  /** @internal */
  constructor(variable: ContextVar<T>, context: VariablesHolder) {
    this.variable = variable;
    this._context = context;
    this._had = context._variables !== null && context._variables.has(variable);
    this._old = context._variables?.get(variable) as T | undefined;
  }
}

/**
 * A variable whose value belongs to the task that set it, and to the tasks made by that task later.
 *
 * @example
 * ```ts
 * const requestId = new ContextVar<number>("requestId", { defaultValue: 0 });
 * function* handle(id: number) {
 *   requestId.set(id);
 *   yield* sleep(10);
 *   console.log(requestId.get()); // this task's own id, whatever other tasks have set
 * }
 * ```
 */
export class ContextVar<T> {
  /** The name, for debugging. */
  readonly name: string;
  #defaultValue: T | undefined;
  #hasDefault: boolean;

  /**
   * Makes a variable that no context has a value for yet.
   *
   * @param name A name for debugging.
   * @param options `defaultValue` is what {@linkcode get} returns where nothing was set.
   */
  constructor(name: string, options: { defaultValue?: T } = {}) {
    if (typeof name !== "string") {
      throw new TypeError(`name must be a string, got ${describe(name)}`);
    }
    this.name = name;
    this.#hasDefault = "defaultValue" in options;
    this.#defaultValue = options.defaultValue;
  }

  /**
   * The value in the current context.
   *
   * @param fallback What to return where nothing was set; it goes before the default.
   * @throws {ReferenceError} When nothing was set and there is neither a fallback nor a default.
   */
  get(...fallback: [] | [T]): T {
    const variables = currentContext()._variables;
    if (variables !== null && variables.has(this)) return variables.get(this) as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this.#hasDefault) return this.#defaultValue as T;
    throw new ReferenceError(`The context variable ${JSON.stringify(this.name)} has no value here`);
  }

  /**
   * Sets the value in the current context.
   *
   * @returns A token with which {@linkcode reset} restores what was there before.
   */
  set(value: T): Token<T> {
    const context = currentContext();
    const token = new Token(this, context);
    context._variables = new Map(context._variables).set(this, value);
    return token;
  }

  /**
   * Undoes a set.
   *
   * @param token What that {@linkcode set} returned.
   * @throws {InvalidStateError} When the token was used before.
   * @throws {RangeError} When it is another variable's, or was made in another context.
   */
  reset(token: Token<T>): void {
    if (!(token instanceof Token)) {
      throw new TypeError(`token must be what set() returned, got ${describe(token)}`);
    }
    if (token._used) throw new InvalidStateError("Cannot reset: the token was used before");
    if (token.variable !== this) throw new RangeError("token belongs to another context variable");
    const context = currentContext();
    if (token._context !== context) throw new RangeError("token was made in another context");
    token._used = true;
    const variables = new Map(context._variables);
    if (token._had) variables.set(this, token._old);
    else variables.delete(this);
    context._variables = variables;
  }
}
