/**
 * Contexts: snapshots of context variables, to run code in.
 *
 * A host has no hook that runs when a promise resumes, so browsers have nothing like
 * `contextvars`. A scheduler that resumes its tasks itself simply switches contexts.
 *
 * @module
 */
import { checkFunction, describeOther } from "../check.ts";
import { InvalidStateError } from "../errors.ts";
import { currentVariables, isRunningIn, withVariables } from "../kernel/current.ts";
import type { Binding, Variables, VariablesHolder } from "../kernel/kernel.ts";
import { ids } from "./variables.ts";
import type { ContextVar } from "./context_var.ts";

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
  /** How often code has entered it and not left: by `run`, or below a task that started eagerly. */
  private _entered = 0;

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
    this._checkEntry();
    this._entered++;
    try {
      return withVariables(holderOf(this), () => fn(...args));
    } finally {
      this._entered--;
    }
  }

  /** Refuses to enter a context in which code runs already. */
  private _checkEntry(): void {
    if (this._entered === 0 && !isRunningIn(holderOf(this))) return;
    throw new InvalidStateError("Cannot enter the context: code runs in it already");
  }

  /**
   * The value of a variable in this context.
   *
   * @param variable Which one.
   * @returns Its value; undefined where it was not set, whatever the variable's default.
   */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this.#bindingOf(variable)?.value as T | undefined;
  }

  /**
   * Whether a variable was set in this context.
   *
   * @param variable Which one.
   */
  has<T>(variable: ContextVar<T>): boolean {
    return this.#bindingOf(variable) !== undefined;
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
    for (const { variable, value } of this._variables) {
      yield [variable as ContextVar<unknown>, value];
    }
  }

  #bindingOf(variable: { readonly name: string }): Binding | undefined {
    const id = ids.get(variable);
    if (id !== undefined) return this._variables?.get(id);
    throw new TypeError(
      `variable must be a ContextVar, got ${describeOther(variable, "ContextVar")}`,
    );
  }
}

/** A context as what carries the variables that running code sees. */
export function holderOf(context: Context): VariablesHolder {
  return context as unknown as VariablesHolder;
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
