/**
 * Waiting for what the host gives once: a connection, a listener.
 *
 * @module
 */
import { current } from "../kernel/current.ts";
import type { HostResource } from "../kernel/kernel.ts";
import { Suspension } from "../kernel/suspend.ts";
import type { Coroutine } from "../task/generator.ts";

/**
 * Waits for something of the host's. A cancel and the loop's end call it off, and what comes all the
 * same is given back.
 *
 * @param what What is waited for, as reports say it.
 * @param start Asks for it, and may return what calls that off.
 * @param giveBack Takes what nobody waits for any more.
 */
export function* waitForHost<T>(
  what: string,
  start: (done: (value: T) => void, failed: (error: unknown) => void) => (() => void) | void,
  giveBack: (value: T) => void,
): Coroutine<T> {
  const kernel = current.kernel!;
  let isOff = false;
  let got: { value: T } | null = null;
  let callOff: (() => void) | void;
  const resource: HostResource = {
    _onLoopClosed() {
      if (isOff) return;
      isOff = true;
      // One or the other: hosts refuse to close the same thing twice.
      if (got !== null) giveBack(got.value);
      else callOff?.();
    },
  };
  kernel.hold(resource);
  try {
    return yield* new Suspension<T>((wake, fail) => {
      callOff = start((value) => {
        if (isOff) return giveBack(value);
        got = { value };
        wake(value);
      }, fail);
      return () => resource._onLoopClosed();
    }, what);
  } finally {
    kernel.letGo(resource);
  }
}
