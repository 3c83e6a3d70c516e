/**
 * Context variables: values that follow a task, not a thread of calls.
 *
 * A host has no hook that runs when a promise resumes, so browsers have nothing like
 * `contextvars`. A scheduler that resumes its tasks itself simply switches them.
 *
 * @module
 */
import { checkFunction, checkName, checkOptions, describe } from "../check.ts";
import { InvalidStateError } from "../errors.ts";
import { current, currentHolder, currentVariables, withVariables } from "../kernel/current.ts";
import type { Variables, VariablesHolder } from "../kernel/kernel.ts";
import { PersistentVariables } from "./variables.ts";

/**
 * A snapshot of context variables, to run code in.
 *
 * @example
 * ```ts
 * const user = new ContextVar<string>("user");
 * const context = copyContext();
 * context.run(() => user.set("Ada"));
 * context.run(() => console.log(user.get())); // "Ada"; outside the context nothing has changed
 * console.log(context.get(user)); // "Ada"
 * ```
 */
export class Context {
  private _variables: Variables | null;
  #entered = false;

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
   * @throws {InvalidStateError} When code runs in this context already.
   * @throws What `fn` throws.
   *
   * @example
   * ```ts
   * const answer = copyContext().run((a: number, b: number) => a + b, 40, 2);
   * ```
   */
  run<A extends unknown[], T>(fn: (...args: A) => T, ...args: A): T {
    checkFunction(fn, "fn");
    if (this.#entered || isRunningTasks(this)) {
      throw new InvalidStateError("Cannot enter the context: code runs in it already");
    }
    this.#entered = true;
    try {
      return withVariables(holderOf(this), () => fn(...args));
    } finally {
      this.#entered = false;
    }
  }

  /**
   * The value of a variable in this context.
   *
   * @param variable Which one.
   * @returns Its value; undefined where it was not set, whatever the variable's default.
   */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this._variables?.get(idOf(variable))?.value as T | undefined;
  }

  /** Whether a variable was set in this context. */
  has<T>(variable: ContextVar<T>): boolean {
    return this._variables?.get(idOf(variable)) !== undefined;
  }

  /** A context with the same values, which goes its own way from then on. It costs nothing. */
  copy(): Context {
    return contextOf(this._variables);
  }

  /** The variables that were set, each with its value. */
  *[Symbol.iterator](): Generator<
    [variable: ContextVar<unknown>, value: unknown],
    void,
    undefined
  > {
    if (this._variables === null) return;
    for (const { variable, value } of this._variables as PersistentVariables) {
      yield [variable as ContextVar<unknown>, value];
    }
  }
}

/** A context as what carries the variables that running code sees. */
export function holderOf(context: Context): VariablesHolder {
  return context as unknown as VariablesHolder;
}

/** Whether it is the context of the task that runs. */
function isRunningTasks(context: Context): boolean {
  const task = current.fiber as { _context?: unknown } | null;
  return task !== null && task._context === context;
}

/** A context that sees these variables. */
export function contextOf(variables: Variables | null): Context {
  const context = new Context();
  context["_variables"] = variables;
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
  return contextOf(currentVariables());
}

/**
 * What {@linkcode ContextVar.set} returns, to undo the set with {@linkcode ContextVar.reset}, or at
 * the end of a block.
 *
 * @example
 * ```ts
 * const user = new ContextVar<string>("user");
 * {
 *   using token = user.set("Ada");
 * } // undone
 * ```
 */
export class Token<T> implements Disposable {
  #used = false;
  readonly #holder: VariablesHolder;
  readonly #before: { readonly value: unknown } | undefined;
  /** The variable that was set. */
  readonly variable: ContextVar<T>;

  /** @internal */
  constructor(variable: ContextVar<T>, holder: VariablesHolder) {
    this.variable = variable;
    this.#holder = holder;
    this.#before = holder._variables?.get(idOf(variable));
  }

  private _undo(variable: ContextVar<T>): void {
    if (this.#used) throw new InvalidStateError("Cannot reset: the token was used before");
    if (this.variable !== variable) {
      throw new RangeError("token belongs to another context variable");
    }
    const holder = currentHolder();
    if (!isSame(this.#holder, holder)) throw new RangeError("token was made in another context");
    this.#used = true;
    bind(holder, variable, this.#before);
  }

  /** For `using`: undoes the set, unless {@linkcode ContextVar.reset} did. */
  [Symbol.dispose](): void {
    if (!this.#used) this._undo(this.variable);
  }
}

/** A task holds its own variables until somebody asks for its context, which takes them over. */
function isSame(before: VariablesHolder, now: VariablesHolder): boolean {
  return before === now || (before as { _context?: unknown })._context === now;
}

/** A variable of whatever type: which one it is matters, not what it holds. */
type AnyVariable = { readonly name: string };

let variablesMade = 0;

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
  private readonly _id: number;
  #defaultValue: T | undefined;
  #hasDefault: boolean;

  /**
   * Makes a variable that no context has a value for yet.
   *
   * @param name A name for debugging.
   * @param options `defaultValue` is what {@linkcode get} returns where nothing was set.
   * @throws {TypeError} When `name` is no string.
   */
  constructor(name: string, options: { defaultValue?: T } = {}) {
    checkName(name);
    checkOptions(options);
    this.name = name;
    this._id = variablesMade++;
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
    const binding = currentVariables()?.get(this._id);
    if (binding !== undefined) return binding.value as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this.#hasDefault) return this.#defaultValue as T;
    throw new ReferenceError(`The context variable ${JSON.stringify(this.name)} has no value here`);
  }

  /**
   * Sets the value in the current context.
   *
   * @returns A token with which {@linkcode reset} restores what was there before; so does the end of
   * the block, with `using token = variable.set(value)`.
   */
  set(value: T): Token<T> {
    const holder = currentHolder();
    const token = new Token(this, holder);
    bind(holder, this, { value });
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
    token["_undo"](this);
  }
}

function idOf(variable: AnyVariable): number {
  if (variable instanceof ContextVar) return variable["_id"];
  throw new TypeError(`variable must be a ContextVar, got ${describe(variable)}`);
}

function bind(
  holder: VariablesHolder,
  variable: AnyVariable,
  value: { readonly value: unknown } | undefined,
): void {
  const before = (holder._variables ?? new PersistentVariables()) as PersistentVariables;
  holder._variables = before.with(
    idOf(variable),
    value === undefined ? undefined : { variable, value: value.value },
  );
}
