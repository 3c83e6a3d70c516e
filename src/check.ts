/**
 * Checking arguments, and naming what was given instead.
 *
 * @module
 */

/** What objects have that say themselves how they print, ours among them. */
const INSPECT = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom");

/** A description that is longer than this many characters is cut. */
const MAX_LENGTH = 200;

/** A value as an error message names it: short, and never throwing, whatever the value does. */
export function describe(value: unknown): string {
  try {
    return cut(kindOf(value));
  } catch {
    return `a hostile ${typeof value}`;
  }
}

/** The same where a value of a kind of ours was wanted: it may be another copy's. */
export function describeOther(value: unknown, ...kinds: string[]): string {
  const name = describe(value);
  return kinds.some((kind) => `${name} `.startsWith(`${kind} `))
    ? `${name} of another copy of wasyncio: load it once`
    : name;
}

/** A simple value as it is written, anything else by its kind; may throw. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `function ${functionName(value)}`;
  if (typeof value !== "object") return String(value);
  const name = Object.prototype.toString.call(value).slice(8, -1);
  const isVague = name === "Object" || name === "Error";
  // What prints itself says more than its class, whose name bundles shorten.
  if (isVague && INSPECT in value) return String(value);
  return String(isVague ? value.constructor?.name || "an object" : name);
}

/** The name of a function for reports; it may be anything, even what throws when it is read. */
export function functionName(fn: unknown): string {
  try {
    return cut(String((fn as { name?: unknown }).name)) || "(anonymous)";
  } catch {
    return "(anonymous)";
  }
}

/** Keeps a text from filling a screen. */
export function cut(text: string): string {
  return text.length > MAX_LENGTH
    ? `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)`
    : text;
}

/** The message of a cancel as text: an error given as one must not be taken for the error to throw. */
export function messageText(message: unknown): string | undefined {
  return message === undefined || typeof message === "string" ? message : describe(message);
}

/** Refuses what is no function, such as what one returns. */
export function checkFunction(fn: unknown, argument: string): void {
  if (typeof fn !== "function") {
    const hint = fn !== null && typeof fn === "object" && isWaitable(fn)
      ? ": don't call it here"
      : "";
    throw new TypeError(`${argument} must be a function, got ${describe(fn)}${hint}`);
  }
}

/** Refuses options that are none, such as one awaitable too many. */
export function checkOptions(options: unknown): void {
  const isObject = typeof options === "object" && options !== null;
  if (!isObject || Array.isArray(options) || isWaitable(options)) {
    throw new TypeError(`options must be an object, got ${describe(options)}`);
  }
}

function isWaitable(x: { then?: unknown; next?: unknown }): boolean {
  return typeof x.then === "function" || typeof x.next === "function";
}

/** Refuses what is no string. */
export function checkString(value: unknown, argument: string): string {
  if (typeof value === "string") return value;
  throw new TypeError(`${argument} must be a string, got ${describe(value)}`);
}

/** Refuses what no system takes: they end texts with a zero, and hosts have an error each for that. */
export function checkText(value: unknown, argument: string): string {
  const text = checkString(value, argument);
  if (!text.includes("\0")) return text;
  throw new RangeError(`${argument} must have no zero character, got ${describe(text)}`);
}

/** The same, and refuses an empty text. */
export function checkNonEmptyText(value: unknown, argument: string): string {
  if (value !== "") return checkText(value, argument);
  throw new RangeError(`${argument} must not be empty`);
}

/** Refuses what is no array of strings, each of which is checked. */
export function checkStrings(
  value: unknown,
  argument: string,
  check: (value: unknown, argument: string) => string,
): string[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`${argument} must be an array of strings, got ${describe(value)}`);
  }
  // As an array of its own, holes included.
  return Array.from(value, (text, i) => check(text, `${argument}[${i}]`));
}

/** Refuses a name that is no string. */
export function checkName(name: unknown): void {
  checkString(name, "name");
}

/** Refuses what is neither true nor false. */
export function checkFlag(value: unknown, argument: string): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`${argument} must be true or false, got ${describe(value)}`);
}

/** Refuses what is no whole number, or too small or too large a one. */
export function checkWhole(
  value: unknown,
  argument: string,
  least: number,
  most: number = Infinity,
): number {
  if (typeof value !== "number") {
    throw new TypeError(`${argument} must be a number, got ${describe(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Infinity ? `${least} on` : `${least} to ${most}`;
    throw new RangeError(`${argument} must be a whole number from ${range}, got ${value}`);
  }
  return value;
}

/** The error for what can't be awaited. */
export function notAwaitable(x: unknown, argument: string): TypeError {
  const hint = typeof x === "function"
    ? ": call it first"
    : typeof x === "object" && x !== null && Symbol.iterator in x && !realmHint(x)
    ? ": wrap a list in gather([...])"
    : Object.hasOwn(Object(x), "returnExceptions")
    ? ": options come behind a list, as in gather([...], options)"
    : realmHint(x);
  return new TypeError(
    `${argument} must be a coroutine, future, task, operation or promise, got ${
      describe(x)
    }${hint}`,
  );
}

/** What to say of a generator that isn't one of this realm's. */
export function realmHint(x: unknown): string {
  return describe(x) === "Generator"
    ? " of another realm, such as a frame's or a vm context's: run it there, or by yield*"
    : "";
}
