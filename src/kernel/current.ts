/**
 * What runs at this moment: the only state that all loops share. It is set here, by these functions,
 * and nowhere else.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import type { Fiber, Kernel, Variables, VariablesHolder } from "./kernel.ts";

/** What a nested step or call has interrupted. */
interface Interrupted {
  readonly kernel: Kernel | null;
  readonly slot: number;
  readonly holder: VariablesHolder | null;
  readonly outer: Interrupted | null;
}

class Current {
  kernel: Kernel | null = null;
  /**
   * The running fiber's slot, or -1. The number, because noting a young object in an old one costs
   * 2 ns, the garbage collector's write barrier.
   */
  slot = -1;
  /** Whose variables are seen, if they are not the running fiber's own. */
  holder: VariablesHolder | null = null;
  /** What is interrupted by whatever runs, and goes on after that. */
  outer: Interrupted | null = null;

  get fiber(): Fiber | null {
    return this.slot < 0 ? null : this.kernel!.holders[this.slot] as Fiber;
  }
}

/** What runs. To be read; the functions below set it. */
export const current: Readonly<Current> = new Current();

const state = current as Current;

/** A slice of a loop begins. */
export function enterLoop(kernel: Kernel): void {
  state.kernel = kernel;
}

/** The slice is over: the host's own code runs, outside any loop. */
export function leaveLoop(): void {
  state.kernel = null;
  state.slot = -1;
  state.holder = null;
}

/** A fiber's step begins. It sees its own variables. */
export function enterFiber(slot: number): void {
  state.slot = slot;
  state.holder = null;
}

/** A callback begins, or whatever else runs in a loop and in no fiber. */
export function enterCallback(holder: VariablesHolder): void {
  state.slot = -1;
  state.holder = holder;
}

/** The fiber's step is over. */
export function leaveFiber(): void {
  state.slot = -1;
}

/** A fiber's step that began inside another is over, and that one goes on: {@linkcode nested}, by hand. */
export function reenter(slot: number, holder: VariablesHolder | null): void {
  state.slot = slot;
  state.holder = holder;
}

/** Calls a function that starts a fiber's step inside whatever runs. */
export function nested<T>(fn: () => T): T {
  const { kernel, slot, holder, outer } = state;
  state.outer = { kernel, slot, holder, outer };
  try {
    return fn();
  } finally {
    state.kernel = kernel;
    state.slot = slot;
    state.holder = holder;
    state.outer = outer;
  }
}

/** Calls a function that sees and sets the variables of `holder`. */
export function withVariables<T>(holder: VariablesHolder, fn: () => T): T {
  return nested(() => {
    state.holder = holder;
    return fn();
  });
}

/**
 * Calls a function as if from a callback of the loop: in no fiber, and with the variables that are
 * seen now, or with those given.
 */
export function asCallback<T>(
  kernel: Kernel | null,
  fn: () => T,
  holder: VariablesHolder = currentHolder(),
): T {
  return nested(() => {
    state.kernel = kernel;
    enterCallback(holder);
    return fn();
  });
}

const outside: VariablesHolder = { _variables: null };

/** Whose context variables are seen and set. */
export function currentHolder(): VariablesHolder {
  return current.holder ?? current.fiber?.context ?? outside;
}

/** Whether a fiber that runs, or is interrupted, has this context. */
export function isRunningIn(context: VariablesHolder): boolean {
  if (current.fiber?._context === context) return true;
  for (let at = current.outer; at !== null; at = at.outer) {
    if (at.slot >= 0 && (at.kernel!.holders[at.slot] as Fiber)._context === context) return true;
  }
  return false;
}

/** Whether a variable was ever set: most programs set none, and a task need not look for any. */
let anyWasSet = false;

/** The context variables that are seen. */
export function currentVariables(): Variables | null {
  if (!anyWasSet) return null;
  const { holder, fiber } = current;
  return (holder ?? (fiber === null ? outside : fiber._context))?._variables ?? null;
}

/** Has whoever sees this holder's variables see others. */
export function setVariables(holder: VariablesHolder, variables: Variables): void {
  anyWasSet = true;
  holder._variables = variables;
}

let makeDefault = (): Kernel => {
  throw new InvalidStateError("No event loop is running, and there is no default one");
};
let defaultKernel: Kernel | undefined;

/** Tells how to make the host's default loop, which the kernel is too far down to know. */
export function provideDefault(make: () => Kernel): void {
  makeDefault = make;
}

/** Whether it is the host's default loop, which is never closed. */
export function isDefault(kernel: Kernel): boolean {
  return kernel === defaultKernel;
}

/**
 * The running loop; outside any loop, the host's default one, made on first use.
 *
 * @throws {InvalidStateError} Outside any loop, where nothing provides a default one.
 */
export function currentKernel(): Kernel {
  return current.kernel ?? (defaultKernel ??= makeDefault());
}
