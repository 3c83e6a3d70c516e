/**
 * A search field in React: each key starts a search, and stops the one before; so does a component
 * that leaves the page.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- so that a copy of this file finds its package.
/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource npm:react@19.3.1 */
/** @jsxImportSourceTypes npm:@types/react@19.3.0 */

// @ts-types="npm:@types/react@19.3.0"
import { useEffect, useState } from "npm:react@19.3.1";
import { abortable, CancelledError, type Coroutine, createTask, sleep } from "../../mod.ts";

/** What a task has come to: neither of them while it runs. */
interface Outcome<T> {
  value?: T;
  error?: unknown;
}

/**
 * Runs a coroutine as long as the component is there. When `deps` change, the one that runs is
 * cancelled and another one begins, as an effect does.
 */
export function useTask<T>(body: () => Coroutine<T>, deps: unknown[]): Outcome<T> {
  const [outcome, setOutcome] = useState<Outcome<T>>({});
  useEffect(() => {
    const task = createTask(function* () {
      try {
        const value = yield* body();
        setOutcome({ value });
      } catch (error) {
        if (error instanceof CancelledError) throw error;
        setOutcome({ error });
      }
    });
    return () => {
      task.cancel();
    };
  }, deps);
  return outcome;
}

/** What the server is asked by. */
export type Find = (text: string, signal: AbortSignal) => Promise<string[]>;

/** A field, and what was found. */
export function Search({ find }: { find: Find }) {
  const [text, setText] = useState("");
  const { value = [], error } = useTask<string[]>(function* () {
    if (text === "") return [];
    yield* sleep("100ms"); // until the next key, perhaps
    return yield* abortable((signal) => find(text, signal));
  }, [text]);
  return (
    <>
      <input value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {error !== undefined && <p role="alert">{String(error)}</p>}
      <ul>{value.map((name) => <li key={name}>{name}</li>)}</ul>
    </>
  );
}
