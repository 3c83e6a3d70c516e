/**
 * Coroutines that are run a second time by `yield*`.
 *
 * A `yield*` of a generator leaves no mark on it, and one of a generator that has ended gives
 * `undefined` at once, so that `retry(load())` seems to succeed. Debug mode has the generators' own
 * `Symbol.iterator`, which each `yield*` calls, leave a mark, and refuses the second.
 *
 * @module
 */
import { current } from "../kernel/current.ts";
import { suspended } from "../kernel/suspend.ts";
import { type Coroutine, generatorPrototype, isOwned, refuse, resume } from "../task/generator.ts";

/** Those that were begun; false for those that give items, and so are no coroutines. */
const begun = new WeakMap<Coroutine<unknown>, boolean>();

/** Has second `yield*`s of a coroutine refused on loops in debug mode, from now on. */
export function watchDelegation(): void {
  if (Object.hasOwn(generatorPrototype, Symbol.iterator)) return;
  try {
    Object.defineProperty(generatorPrototype, Symbol.iterator, {
      configurable: true,
      writable: true,
      value(this: Coroutine<unknown>) {
        if (current.kernel?.debug) mark(this);
        return this;
      },
    });
  } catch { /* Where it is frozen, mistakes stay unseen. */ }
}

function mark(coroutine: Coroutine<unknown>): void {
  const state = begun.get(coroutine);
  if (state) refuse();
  if (state === false || isOwned(coroutine) || Object.isFrozen(coroutine)) return;
  coroutine.next = () => {
    begun.set(coroutine, true);
    const result = resume(coroutine);
    if (!result.done && result.value !== undefined && result.value !== suspended) {
      begun.set(coroutine, false);
      delete (coroutine as Partial<Coroutine<unknown>>).next;
    }
    return result;
  };
}
