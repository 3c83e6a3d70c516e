/**
 * Cancelling a task that waits for a task that waits for a task.
 *
 * In CPython `Task.cancel()` calls `cancel()` of what the task waits for, which may be a task again,
 * or a gathering of hundreds. Here the same calls are made in the same order, with their results
 * passed back up, on a stack of our own: the engine's holds some thousand, and a chain may be longer,
 * or a ring.
 *
 * @module
 */
import type { CancelReason } from "../kernel/kernel.ts";
import type { Future } from "./future.ts";

/** A future that is cancelled by cancelling others. */
export interface CancelLink {
  /** Notes the cancel; false where the future is done, and there is nothing to cancel. */
  _beginCancel(): boolean;
  /** What is cancelled in its place, one after another; null after the last. */
  _cancelTarget(index: number): Future<unknown> | null;
  /** All of them were asked, and `any` says whether one was cancelled; gives the result of it all. */
  _endCancel(any: boolean, reason: CancelReason): boolean;
  /** It is reached a second time, from below: a ring. */
  _interrupt(reason: CancelReason): boolean;
}

interface Frame {
  readonly link: CancelLink;
  next: number;
  any: boolean;
}

/** Cancels a link and all that hangs on it, depth first. */
export function cancelChain(root: CancelLink, reason: CancelReason): boolean {
  const path: Frame[] = [];
  const onPath = new Set<CancelLink>();
  /** The result, where it is known without going deeper. */
  function enter(link: CancelLink): boolean | null {
    if (onPath.has(link)) return link._interrupt(reason);
    if (!link._beginCancel()) return false;
    path.push({ link, next: 0, any: false });
    onPath.add(link);
    return null;
  }
  let result = enter(root);
  while (path.length > 0) {
    const frame = path[path.length - 1];
    if (result === true) frame.any = true;
    const target = frame.link._cancelTarget(frame.next++);
    if (target !== null) {
      const link = target["_asLink"]();
      result = link === null ? target["_abort"](null, reason) : enter(link);
    } else {
      path.pop();
      onPath.delete(frame.link);
      result = frame.link._endCancel(frame.any, reason);
    }
  }
  return result!;
}

/** What a task shows of itself here. */
interface Cancellable extends Future<unknown> {
  cancelling(): number;
}

/**
 * Cancels all of them, each once. A cancel goes down the whole chain of tasks that wait for each other,
 * so those come first for which no other waits: to begin at the bottom of a chain takes n² steps.
 */
export function cancelAll(tasks: readonly Cancellable[]): void {
  const before = tasks.map((task) => task.cancelling());
  const awaited = new Set<Future<unknown>>();
  for (const task of tasks) addTargets(task, awaited);
  for (const inside of [false, true]) {
    tasks.forEach((task, i) => {
      if (awaited.has(task) === inside && task.cancelling() === before[i]) task.cancel();
    });
  }
}

/** Adds what is cancelled along with this one. Their own targets are others' to add. */
function addTargets(future: Future<unknown>, targets: Set<Future<unknown>>): void {
  const link = future["_asLink"]();
  for (let i = 0, target; (target = link?._cancelTarget(i) ?? null) !== null; i++) {
    if (targets.has(target)) continue;
    targets.add(target);
    // A gather is in nobody's list.
    if (!("cancelling" in target)) addTargets(target, targets);
  }
}
