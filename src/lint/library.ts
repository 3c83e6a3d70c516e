/**
 * What the rules know of the library: its names, and how it is imported.
 *
 * @module
 */

/**
 * What a function of the library gives back: an `operation`, which begins when it is awaited; a
 * `future` of something that has begun; a promise, or something that nobody waits for.
 */
type Gives = "future" | "operation" | "promise" | "other";

interface Callable {
  gives: Gives;
  /** Whether it takes coroutines, or functions that return some. */
  takes?: "coroutines";
}

/** The functions, by the name under which they are exported. */
const FUNCTIONS: Record<string, Callable> = {
  abortable: { gives: "operation" },
  addSignalHandler: { gives: "other" },
  allTasks: { gives: "other" },
  asCompleted: { gives: "other", takes: "coroutines" },
  cancelled: { gives: "other" },
  copyContext: { gives: "other" },
  coroutine: { gives: "other", takes: "coroutines" },
  create_task: { gives: "future", takes: "coroutines" },
  createSubprocessExec: { gives: "operation" },
  createSubprocessShell: { gives: "operation" },
  createTask: { gives: "future", takes: "coroutines" },
  currentTask: { gives: "other" },
  ensureFuture: { gives: "future", takes: "coroutines" },
  fetch: { gives: "operation" },
  gather: { gives: "future", takes: "coroutines" },
  getRunningLoop: { gives: "other" },
  interrupted: { gives: "other" },
  isAwaitable: { gives: "other" },
  isCoroutine: { gives: "other" },
  iterate: { gives: "operation", takes: "coroutines" },
  openConnection: { gives: "operation" },
  openUnixConnection: { gives: "operation" },
  openWebSocket: { gives: "operation" },
  removeSignalHandler: { gives: "other" },
  run: { gives: "promise", takes: "coroutines" },
  serve: { gives: "operation", takes: "coroutines" },
  shield: { gives: "future", takes: "coroutines" },
  sleep: { gives: "operation" },
  startServer: { gives: "operation", takes: "coroutines" },
  startUnixServer: { gives: "operation", takes: "coroutines" },
  stream: { gives: "other", takes: "coroutines" },
  suspend: { gives: "operation" },
  taskGroup: { gives: "operation", takes: "coroutines" },
  timeout: { gives: "operation", takes: "coroutines" },
  timeoutAt: { gives: "operation", takes: "coroutines" },
  toThread: { gives: "operation" },
  transfer: { gives: "other" },
  until: { gives: "operation", takes: "coroutines" },
  upgradeWebSocket: { gives: "other", takes: "coroutines" },
  wait: { gives: "operation" },
  wait_for: { gives: "operation", takes: "coroutines" },
  waitFor: { gives: "operation", takes: "coroutines" },
};

/** The classes, with those of their methods that return operations. */
const CLASSES: Record<string, string[]> = {
  AsCompleted: [],
  Barrier: ["wait"],
  BoundedSemaphore: ["acquire"],
  BrokenBarrierError: [],
  CancelledError: [],
  Condition: ["acquire", "wait", "waitFor"],
  Context: [],
  ContextVar: [],
  DeadlockError: [],
  Event: ["wait"],
  EventLoop: [],
  Future: [],
  Handle: [],
  HttpError: [],
  HttpServer: ["serveForever", "shutdown", "waitClosed"],
  IncompleteReadError: [],
  InvalidStateError: [],
  LifoQueue: ["get", "join", "put"],
  LimitOverrunError: [],
  Lock: ["acquire"],
  OSError: [],
  PriorityQueue: ["get", "join", "put"],
  Process: ["communicate", "wait"],
  Queue: ["get", "join", "put"],
  QueueEmpty: [],
  QueueFull: [],
  QueueShutDown: [],
  Runner: [],
  Semaphore: ["acquire"],
  Server: ["serveForever", "shutdown", "waitClosed"],
  StreamReader: ["read", "readexactly", "readline", "readuntil"],
  StreamWriter: ["drain", "waitClosed"],
  Task: [],
  TimeoutError: [],
  TimerHandle: [],
  VirtualClock: [],
  WaitQueue: ["wait"],
  WebSocketClosed: [],
  WebSocketStream: ["receive", "send", "waitClosed"],
  WorkerError: [],
  WorkerPool: ["run", "shutdown"],
};

/** Operations around something else, of which a plain generator may well yield one after the other. */
const WRAPPING = ["abortable", "timeout", "timeoutAt", "until", "wait", "waitFor", "wait_for"];

/** Names that hardly any other library exports from a file with the name of ours. */
const DISTINCTIVE = [
  "CancelledError",
  "ContextVar",
  "allTasks",
  "asCompleted",
  "create_task",
  "ensureFuture",
  "gather",
  "getRunningLoop",
  "taskGroup",
  "wait_for",
];

/** Every name that the rules know. */
export const KNOWN_NAMES: readonly string[] = [...Object.keys(FUNCTIONS), ...Object.keys(CLASSES)];

/** What a function of the library gives back; `null` for any other name. */
export function givenBy(name: string): Gives | null {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name].gives : null;
}

/** Whether a function of the library takes coroutines. */
export function takesCoroutines(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name) && FUNCTIONS[name].takes === "coroutines";
}

/** Whether an operation is one that waits for what it is given. */
export function isWrapping(name: string): boolean {
  return WRAPPING.includes(name);
}

/** Whether a name is a class of the library. */
export function isClass(name: string): boolean {
  return Object.hasOwn(CLASSES, name);
}

/** Whether a method of a class of the library returns an operation. */
export function isOperationOf(className: string, method: string): boolean {
  return isClass(className) && CLASSES[className].includes(method);
}

/** How sure a specifier alone makes: `maybe` is a file that is called as ours, but anywhere. */
export function recognize(specifier: string): "no" | "maybe" | "yes" {
  // As in "wasyncio", "jsr:@wasyncio/wasyncio@1/testing", "../wasyncio/mod.ts" or "dist/wasyncio.js".
  if (/(?:^|[/:@])wasyncio(?:@[^/]*)?(?:$|\/|(?:\.\w+)*\.[cm]?[jt]s$)/.test(specifier)) {
    return "yes";
  }
  return /(?:^|\/)mod\.m?[jt]s$/.test(specifier) ? "maybe" : "no";
}

/** Whether names of ours are enough to know the library by: several, or one that is rare. */
export function areTelling(names: string[]): boolean {
  return names.length > 1 || names.some((name) => DISTINCTIVE.includes(name));
}

/** The doors beside the one that exports the core API, as specifiers have them. */
const OTHER_DOORS =
  /\/(?:browser|cluster|http|inspect|lowlevel|net|process|testing|workers)(\.m?[jt]s)?$/;

/**
 * From where the core API is imported, given the specifier of any door; `null` if that doesn't tell.
 */
export function mainDoor(specifier: string): string | null {
  const main = specifier.replace(
    OTHER_DOORS,
    (_, extension?: string) => extension === undefined ? "" : `/mod${extension}`,
  );
  return /(?:\/mod\.m?[jt]s|(?:^|[/:])wasyncio(?:@[^/]*)?(?:\.\w+)*)$/.test(main) ? main : null;
}
