/**
 * Coroutines: the generators that generator functions return.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";

/**
 * What a generator function returns: a coroutine that is ready to run.
 *
 * @example
 * ```ts
 * function* greet(name: string): Coroutine<string> {
 *   yield* sleep("1s");
 *   return `Hello, ${name}!`;
 * }
 * ```
 */
export type Coroutine<T> = Generator<unknown, T, unknown>;

/** What all generator functions inherit from. */
const generatorFunction: { readonly prototype: Generator<unknown, never, unknown> } = Object
  .getPrototypeOf(function* () {});

/** What all generators inherit from. */
export const generatorPrototype: Generator<unknown, never, unknown> = generatorFunction.prototype;

/** The language has no name for the class of generators; `instanceof` is what V8 makes quick. */
function AnyGenerator(): void {}
AnyGenerator.prototype = generatorPrototype;

/**
 * Whether `x` is a coroutine: what a generator function returns when it is called.
 *
 * @param x Anything.
 *
 * @example
 * ```ts
 * isCoroutine(greet("Ada")); // true
 * isCoroutine(greet); // false: the function was not called
 * ```
 */
export function isCoroutine(x: unknown): x is Coroutine<unknown> {
  return x instanceof AnyGenerator;
}

/** Whether a function does nothing when it is called but return a coroutine, which a task can run. */
export function isGeneratorFunction(fn: unknown): boolean {
  return Object.getPrototypeOf(fn) === generatorFunction;
}

const nativeNext: (this: unknown) => IteratorResult<unknown, never> = generatorPrototype.next;

/**
 * Resumes a coroutine, past the mark of its owner. Each generator function has its own prototype, so a call of
 * coroutine.next() is megamorphic; by way of their common method it saves 4 ns of 22.
 */
export function resume<T>(coroutine: Coroutine<T>): IteratorResult<unknown, T> {
  return nativeNext.call(coroutine);
}

/*
 * A coroutine has one owner, which is noted on the coroutine: it gets a `next` of its own. That of a
 * task's refuses, so that nobody else's `yield*` or call gets through, and the task resumes it by the
 * native method. A WeakSet would take 90 ns for that, and this takes 0 to 15.
 */
export function refuse(): never {
  throw new InvalidStateError(
    "A coroutine has one owner and runs once, and this one was taken or has run: call its function again, or await its task",
  );
}

/** That of a coroutine which runs within a task, where the language itself calls it. */
function goOn(this: Coroutine<never>): IteratorResult<unknown, never> {
  return resume(this);
}

/** Frozen coroutines that were taken: they can't be marked. */
let frozen: WeakSet<object> | null = null;

/** Whether the coroutine was taken. */
export function isOwned(coroutine: Coroutine<unknown>): boolean {
  return coroutine.next !== nativeNext as unknown || (frozen !== null && frozen.has(coroutine));
}

/**
 * Takes a coroutine, which nobody else can have after that.
 *
 * @param asTask Whether for a task, which resumes it by {@linkcode resume}.
 * @throws {InvalidStateError} When it was taken before.
 */
export function own<T>(coroutine: Coroutine<T>, asTask: boolean): Coroutine<T> {
  if (isOwned(coroutine)) refuse();
  mark(coroutine, asTask);
  return coroutine;
}

/** Notes that a coroutine was taken. */
export function mark(coroutine: Coroutine<unknown>, asTask: boolean): void {
  try {
    coroutine.next = asTask ? refuse : goOn;
  } catch {
    (frozen ??= new WeakSet()).add(coroutine);
  }
}

/** Gives back what was taken and not started. */
export function disown(coroutine: Coroutine<unknown>): void {
  delete (coroutine as Partial<Coroutine<unknown>>).next;
  frozen?.delete(coroutine);
}
