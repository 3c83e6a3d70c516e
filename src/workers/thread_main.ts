/**
 * What a thread runs: it takes jobs, calls their functions, and sends what these return.
 *
 * @module
 */
import type { ThreadPort } from "../host/threads.ts";
import { errorEncoder } from "./errors.ts";
import type { Callee } from "./job.ts";
import {
  type Cells,
  type JobKey,
  type JobsMessage,
  PROTOCOL,
  type ResultsMessage,
  type StartMessage,
} from "./protocol.ts";

type Fn = (...args: unknown[]) => unknown;

/**
 * The source of the function that a thread runs, for the host.
 *
 * @param callees Functions that the thread shall have from the start, where a page's policy forbids to make
 * one of a text.
 */
export function threadSource(callees: Iterable<Callee> = []): string {
  const functions = Array.from(callees, ({ key, source }) => `[${key}, ${expression(source!)}]`);
  // Written as a text, `import` is the thread's own; bundlers would make something else of it.
  return `(port) => (${threadMain})(port, ${
    JSON.stringify(PROTOCOL)
  }, ${errorEncoder}, (url) => import(url), new Map([${functions}]))`;
}

/** The text of a function as an expression, which that of a method is not. */
function expression(source: string): string {
  const isExpression = /^(async\s*)?(function\b|\(|[\w$]+\s*=>)/.test(source);
  if (isExpression) return `(${source}\n)`;
  return `((methods) => methods[Reflect.ownKeys(methods)[0]])({ ${source}\n})`;
}

/** Runs inside the thread, where it comes as its source text: it sees nothing of this file. */
function threadMain(
  port: ThreadPort,
  protocol: typeof PROTOCOL,
  makeEncoder: typeof errorEncoder,
  importModule: (url: string) => Promise<Record<string, unknown>>,
  functions: Map<JobKey, Fn>,
): void {
  const { TAG, WINDOW, MAX_TEXT, PATIENCE } = protocol;
  const now = performance.now.bind(performance);
  const indirectEval = eval;
  const transferMark = Symbol.for("wasyncio.transfer");
  const scope = globalThis as unknown as Record<string, unknown>;

  let module: Record<string, unknown> | null = null;
  let cells: Cells | null = null;

  let jobs: JobsMessage = [];
  let next = 0;
  /** The cell of the next job, and that of the one that runs. */
  let position = 0;
  let running = -1;
  /** Whether a job runs, or the module is still to come. */
  let busy = true;
  let dead = false;
  let results: ResultsMessage = [TAG];
  let transfers: object[][] = [];
  let postedAt = 0;

  const encode = makeEncoder();
  scope.cancelled = () =>
    cells !== null && running >= 0 &&
    Atomics.load(cells.states, running) === protocol.CANCELLED;
  scope.transfer = (value: unknown, list: object[]) => {
    if (!Array.isArray(list)) throw new TypeError("list must be an array of what to transfer");
    return { [transferMark]: list, value };
  };

  port.watch((error) => die("died", error));
  port.listen((message) => {
    const [first, shared] = message as StartMessage;
    if (!Array.isArray(message) || dead) return;
    if (message.length === 2) {
      cells = shared;
      load(first);
    } else {
      jobs = jobs.length === 0 ? message : [...jobs.slice(next), ...message];
      next = 0;
      if (!busy) run();
    }
  });

  function load(url: string | null): void {
    const loaded = () => {
      busy = false;
      run();
    };
    if (url === null) return loaded();
    importModule(url).then((exports) => {
      module = exports;
      loaded();
    }).catch((error) => die("unloadable", error));
  }

  /** Runs jobs, until one has to be waited for or there are no more. */
  function run(): void {
    while (next < jobs.length) {
      if (dead) return;
      const key = jobs[next++] as JobKey;
      const source = jobs[next++] as string;
      const args = jobs[next++] as unknown[];
      running = position;
      position = (position + 1) % WINDOW;
      let began = now();
      if (cells !== null) {
        const { SENT, BEGUN } = protocol;
        if (Atomics.compareExchange(cells.states, running, SENT, BEGUN) !== SENT) {
          add(protocol.SKIPPED, undefined, began);
          continue;
        }
      }
      try {
        const fn = find(key, source);
        if (fn === null) {
          add(protocol.REFUSED, undefined, began);
          continue;
        }
        began = now(); // To make a function of its text takes longer than most calls of it.
        const result = fn(...args);
        if (typeof (result as PromiseLike<unknown> | null)?.then !== "function") {
          returned(result, began);
          continue;
        }
        return wait(result as PromiseLike<unknown>, began);
      } catch (error) {
        threw(error, began);
      }
    }
    jobs = [];
    next = 0;
    post();
  }

  /** Goes on with the other jobs when this one is done. */
  function wait(result: PromiseLike<unknown>, began: number): void {
    busy = true;
    let hops = 0;
    const goOn = () => {
      hops = Infinity;
      busy = false;
      run();
    };
    Promise.resolve(result).then((value) => returned(value, began))
      .catch((error) => threw(error, began)).then(goOn);
    // The results of others wait for one that needn't wait itself, and for no other.
    const hop = () => {
      if (++hops < 8) Promise.resolve().then(hop);
      else if (hops < Infinity) post();
    };
    hop();
  }

  /** What to call; `null` where a policy forbids to make a function of a text. */
  function find(key: JobKey, source: string): Fn | null {
    if (typeof key === "string") {
      const fn = module?.[key];
      if (typeof fn === "function") return fn as Fn;
      throw new TypeError(`The module exports no function ${JSON.stringify(key)}`);
    }
    const known = functions.get(key);
    if (known !== undefined) return known;
    let fn: Fn;
    try {
      fn = compile(source);
    } catch (error) {
      if (error instanceof EvalError) return null;
      fn = () => {
        throw error;
      };
    }
    functions.set(key, fn);
    return fn;
  }

  function compile(source: string): Fn {
    try {
      return indirectEval(`"use strict"; (${source}\n)`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    // A method is no expression by itself.
    const object = indirectEval(`"use strict"; ({ ${source}\n})`);
    return object[Reflect.ownKeys(object)[0]];
  }

  function returned(result: unknown, began: number): void {
    let value = result;
    const list: object[] = [];
    for (;;) {
      const marked = value as { [transferMark]?: object[]; value: unknown } | null | undefined;
      const more = marked?.[transferMark];
      if (more === undefined) break;
      list.push(...more);
      value = marked!.value;
    }
    add(protocol.RETURNED, value, began, list);
  }

  function threw(error: unknown, began: number): void {
    add(protocol.THREW, encode(error), began);
  }

  function add(outcome: number, value: unknown, began: number, list: object[] = []): void {
    const time = now();
    results.push(outcome, value, time - began);
    transfers.push(list);
    let canWait = true;
    if (cells !== null && outcome !== protocol.SKIPPED) {
      const state = outcome === protocol.RETURNED ? keep(cells, value) : protocol.DONE;
      Atomics.store(cells.states, running, state);
      canWait = state !== protocol.DONE;
    }
    running = -1;
    if (!canWait || time - postedAt > PATIENCE) post();
  }

  /** Leaves a copy in the cell, if it has room; returns the state that says so. */
  function keep({ numbers, texts }: Cells, value: unknown): number {
    const write = (kind: number, text: string) => {
      const { length } = text;
      if (length > MAX_TEXT) return protocol.DONE;
      for (let i = 0; i < length; i++) texts[running * MAX_TEXT + i] = text.charCodeAt(i);
      return kind + length;
    };
    if (value === undefined) return protocol.UNDEFINED;
    if (value === null) return protocol.NULL;
    if (typeof value === "boolean") return value ? protocol.TRUE : protocol.FALSE;
    if (typeof value === "string") return write(protocol.TEXT, value);
    if (typeof value === "number") {
      numbers[running] = value;
      return protocol.NUMBER;
    }
    try {
      return isPlain(value, []) ? write(protocol.JSON, JSON.stringify(value)) : protocol.DONE;
    } catch {
      return protocol.DONE; // A getter has thrown; to clone it will throw again, where that is looked for.
    }
  }

  /** Whether JSON makes of a value what a clone would be: a small tree of plain objects and arrays. */
  function isPlain(value: unknown, seen: unknown[]): boolean {
    if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
    if (typeof value !== "object" || value === null) {
      return value === null || typeof value === "string" || typeof value === "boolean";
    }
    // What is there twice would be two things, and a circle endless.
    if (seen.length >= 8 || seen.includes(value)) return false;
    seen.push(value);
    const isArray = Array.isArray(value);
    // Before its keys are listed, which takes long for those of large ones.
    if (isArray ? value.length > 16 : Object.getPrototypeOf(value) !== Object.prototype) {
      return false;
    }
    const keys = Object.keys(value);
    if (isArray && keys.length !== value.length) return false;
    return keys.length <= 16 &&
      keys.every((key) => isPlain((value as Record<string, unknown>)[key], seen));
  }

  /** Sends the results there are. */
  function post(): void {
    if (results.length === 1) return;
    const [values, lists] = [results, transfers];
    results = [TAG];
    transfers = [];
    postedAt = now();
    try {
      port.post(values, lists.flat());
    } catch {
      lists.forEach((list, i) => postAlone(values.slice(3 * i + 1, 3 * i + 4), list));
    }
  }

  /** One of them can't be cloned, and the others shall arrive. */
  function postAlone(result: unknown[], list: object[]): void {
    try {
      port.post([TAG, ...result], list);
    } catch (error) {
      postError([TAG, protocol.THREW], error, [result[2]]);
    }
  }

  /** Sends an error, whatever a getter may have thrown. */
  function postError(head: unknown[], error: unknown, tail: unknown[]): void {
    try {
      port.post([...head, encode(error), ...tail], []);
    } catch (cause) {
      const encoded = encode(cause);
      const isError = encoded[0] !== null;
      port.post([...head, isError ? encoded : encode(new Error(typeof cause)), ...tail], []);
    }
  }

  function die(how: "died" | "unloadable", error: unknown): void {
    if (dead) return;
    dead = true;
    post();
    postError([TAG, how], error, []);
  }
}
