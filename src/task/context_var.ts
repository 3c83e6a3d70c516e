/**
 * Context variables: values that follow a task, not a thread of calls.
 *
 * @module
 */
import { checkName, checkOptions, describeOther } from "../check.ts";
import { InvalidStateError } from "../errors.ts";
import { currentHolder, currentVariables, setVariables } from "../kernel/current.ts";
import type { VariablesHolder } from "../kernel/kernel.ts";
import { makeDisposable } from "../portable.ts";
import { labelled, Printable } from "../printing.ts";
import { ids, PersistentVariables } from "./variables.ts";

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
  /** For `using`: undoes the set, unless {@linkcode ContextVar.reset} did. */
  declare readonly [Symbol.dispose]: () => void;

  /** @internal */
  constructor(variable: ContextVar<T>, holder: VariablesHolder) {
    makeDisposable(Token.prototype, "dispose", Token.prototype._dispose);
    this.variable = variable;
    this.#holder = holder;
    this.#before = holder._variables?.get(variable["_id"]);
  }

  /** Undoes the set, which must be one of this variable, here. */
  private _undo(variable: ContextVar<T>): void {
    if (this.#used) throw new InvalidStateError("Cannot reset: the token was used before");
    if (this.variable !== variable) {
      throw new RangeError("token belongs to another context variable");
    }
    const holder = currentHolder();
    if (this.#holder !== holder) throw new RangeError("token was made in another context");
    this.#used = true;
    bind(holder, variable, this.#before);
  }

  /** What `using` calls. */
  private _dispose(): void {
    if (!this.#used) this._undo(this.variable);
  }
}

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
export class ContextVar<T> extends Printable {
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
    super();
    checkName(name);
    checkOptions(options);
    this.name = name;
    this._id = variablesMade++;
    ids.set(this, this._id);
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
   * @param value What to set.
   * @returns A token with which {@linkcode reset} restores what was there before; so does the end of
   * the block, with `using token = variable.set(value)`.
   */
  set(value: T): Token<T> {
    const holder = currentHolder();
    const token = new Token(this, holder);
    bind(holder, this, { value });
    return token;
  }

  /** Its kind and name, in a line. */
  override toString(): string {
    return labelled("ContextVar", this.name);
  }

  /**
   * Undoes a set.
   *
   * @param token What that {@linkcode set} returned.
   * @throws {TypeError} When `token` is no token.
   * @throws {InvalidStateError} When the token was used before.
   * @throws {RangeError} When it is another variable's, or was made in another context.
   */
  reset(token: Token<T>): void {
    if (!(token instanceof Token)) {
      throw new TypeError(
        `token must be what set() returned, got ${describeOther(token, "Token")}`,
      );
    }
    token["_undo"](this);
  }
}

function bind(
  holder: VariablesHolder,
  variable: ContextVar<unknown>,
  value: { readonly value: unknown } | undefined,
): void {
  const before = (holder._variables ?? new PersistentVariables()) as PersistentVariables;
  const binding = value === undefined ? undefined : { variable, value: value.value };
  setVariables(holder, before.with(variable["_id"], binding));
}
