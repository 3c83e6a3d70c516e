/**
 * Fetches thousands of URLs at once from a server that is slow, flaky and sometimes does not
 * answer at all: so many at a time, each attempt with a time limit that closes its connection,
 * failed attempts repeated after growing pauses. Ctrl-C stops it cleanly and reports what was done.
 *
 *     deno run --allow-net=127.0.0.1 examples/fetch_many.ts
 *     deno task demo --requests 5000 --concurrency 250 --timeout 750ms --seed 7
 *
 * The server is the example's own and listens on the loopback interface only.
 *
 * @module
 */

import {
  abortable,
  CancelledError,
  type Coroutine,
  type Duration,
  getRunningLoop,
  run,
  Semaphore,
  sleep,
  taskGroup,
  TimeoutError,
  until,
  waitFor,
} from "../mod.ts";
import { startFlakyServer } from "./fetch_many/flaky_server.ts";
import { type Options, parseOptions, USAGE, UsageError } from "./fetch_many/options.ts";
import { showProgress } from "./fetch_many/progress.ts";
import { formatReport, type Results } from "./fetch_many/report.ts";
import { type Failure, Tally } from "./fetch_many/tally.ts";

const SAMPLE_SIZE = 20;

/** Fetches all the URLs, at most `concurrency` of them at a time. */
function* fetchMany(urls: string[], options: Options, tally: Tally): Coroutine<void> {
  const slots = new Semaphore(options.concurrency);
  yield* taskGroup(function* (group) {
    for (const url of urls) {
      yield* slots.acquire(); // before there is a task: a million URLs need no million tasks
      const task = group.createTask(fetchPatiently(url, options, tally));
      task.addDoneCallback(() => slots.release());
    }
  });
}

/** Fetches one URL, with as many attempts as it takes or as patience allows. */
function* fetchPatiently(url: string, options: Options, tally: Tally): Coroutine<void> {
  const loop = getRunningLoop();
  const start = loop.time();
  tally.started++;
  for (let attempt = 1;; attempt++) {
    tally.attempts++;
    if (attempt === 2) tally.retried++;
    let arrived = false;
    try {
      const bytes = yield* waitFor(abortable((signal) => download(url, signal)), options.timeout);
      tally.bytes += bytes; // not `+= yield*`: that reads the sum before it waits
      arrived = true;
    } catch (error) {
      tally.fail(reasonOf(error));
    }
    if (arrived || attempt === options.attempts) {
      return tally.finish({ url, arrived, time: loop.time() - start });
    }
    yield* sleep(backoff(attempt));
  }
}

/** One attempt: a GET whose connection closes when the signal aborts. */
async function download(url: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(url, { signal });
  const body = await response.arrayBuffer(); // an error's too, so that the connection can serve again
  if (!response.ok) throw new BadStatus(response.status);
  return body.byteLength;
}

class BadStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The server answered ${status}`);
    this.status = status;
  }
}

/** Why an attempt failed. What is no failed attempt, a cancellation above all, goes on its way. */
function reasonOf(error: unknown): Failure {
  if (error instanceof TimeoutError) return "timed out";
  if (error instanceof BadStatus) return error.status === 503 ? "503" : "500";
  if (error instanceof TypeError) return "dropped"; // fetch's word for a connection that failed
  throw error;
}

/** 50 ms, 100 ms, 200 ms …, less up to a half, so that those who fail together don't return together. */
function backoff(attempt: number): Duration {
  return 50 * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
}

/** Fetches everything at once, then a few one by one to compare. Fills in `results` as it goes. */
function* demo(options: Options, results: Results): Coroutine<void> {
  const { tally, sample } = results;
  const server = startFlakyServer(options.seed);
  const urls = Array.from({ length: options.requests }, (_, i) => `${server.url}/page/${i + 1}`);
  try {
    yield* watched("At once", tally, fetchMany(urls, options, tally));
    server.forget(); // so that the same happens to the same URLs again
    yield* watched("One by one", sample, oneByOne(tally, options, sample));
  } finally {
    yield* until(server.close());
    results.leftOpen = server.open;
  }
}

/** Repeats a sample of the requests, spread evenly from the fastest to the slowest. */
function* oneByOne(all: Tally, options: Options, sample: Tally): Coroutine<void> {
  const outcomes = all.outcomes.toSorted((a, b) => a.time - b.time);
  for (let i = 0; i < sample.total; i++) {
    const { url } = outcomes[Math.floor((i + 0.5) * outcomes.length / sample.total)];
    yield* fetchPatiently(url, options, sample);
  }
}

/** Does the work under a progress line, and notes how long it took even if it is cancelled. */
function* watched(label: string, tally: Tally, work: Coroutine<void>): Coroutine<void> {
  const loop = getRunningLoop();
  const start = loop.time();
  try {
    yield* taskGroup(function* (group) {
      const line = group.createTask(showProgress(label, tally));
      yield* work;
      line.cancel();
    });
  } finally {
    tally.elapsed = loop.time() - start;
  }
}

/** The whole program; what it returns is the exit code. */
async function main(args: string[]): Promise<number> {
  let options;
  try {
    options = parseOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`fetch_many: ${error.message}\nTry --help`);
    return 2;
  }
  if (options === null) {
    console.log(USAGE);
    return 0;
  }

  const results = {
    options,
    tally: new Tally(options.requests),
    sample: new Tally(Math.min(SAMPLE_SIZE, options.requests)),
    interrupted: false,
    leftOpen: 0,
  };
  try {
    await run(() => demo(options, results));
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    results.interrupted = true; // by Ctrl-C: everything is cleaned up, and the report says how far it got
  }
  const terminal = Deno.stdout.isTerminal();
  const columns = terminal ? Deno.consoleSize().columns : undefined;
  console.log(formatReport(results, terminal && !Deno.noColor, columns));
  return results.interrupted ? 130 : 0;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
