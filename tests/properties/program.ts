/**
 * Random programs as data: what fast-check makes, shrinks and prints, what interpreter.ts runs on
 * this library, and interpreter.py on CPython's asyncio.
 *
 * @module
 */

import fc from "fast-check";

/** What a step waits for. */
export type Target =
  /** A coroutine of its own. */
  | { id: number; body: Step[] }
  /** One of the tasks that were started before. */
  | { id: number; ref: number }
  /** One of the bare futures. */
  | { id: number; future: number };

/** What happens outside of any task. */
export type Action =
  | { cancel: number }
  | { set: number }
  | { resolve: number };

/** Delays are whole milliseconds; `null` is no limit. */
type Operation =
  | { op: "sleep"; delay: number }
  | { op: "spawn"; body: Step[]; eager: boolean }
  | { op: "await"; ref: number }
  | { op: "cancel"; ref: number }
  | { op: "uncancel" }
  | { op: "cancelling" }
  | { op: "catch"; kind: "cancelled" | "timeout" | "all"; body: Step[]; handler: Step[] }
  | { op: "finally"; body: Step[]; handler: Step[] }
  | { op: "raise" }
  | { op: "return" }
  | { op: "timeout"; delay: number | null; body: Step[] }
  | { op: "timeoutAt"; when: number; body: Step[] }
  | { op: "reschedule"; delay: number | null }
  | { op: "waitFor"; delay: number | null; target: Target }
  | { op: "gather"; targets: Target[]; collect: boolean }
  | { op: "wait"; targets: Target[]; delay: number | null; mode: Mode }
  | { op: "shield"; target: Target }
  | { op: "group"; body: Step[] }
  | { op: "start"; body: Step[] }
  | { op: "lock"; index: number; body: Step[] }
  | { op: "semaphore"; index: number; body: Step[] }
  | { op: "release"; index: number }
  | { op: "event"; index: number; action: "set" | "clear" | "pulse" | "wait" }
  | { op: "condition"; index: number; body: Step[] }
  | { op: "waitCondition"; index: number }
  | { op: "waitForCondition"; index: number }
  | { op: "notify"; index: number; count: number }
  | { op: "queue"; index: number; action: QueueAction }
  | { op: "future"; index: number; action: "await" | "set" | "fail" | "cancel" }
  | { op: "callback"; ref: number; action: "add" | "remove" }
  | { op: "variable"; action: "get" | "set" | "reset" }
  | { op: "later"; delay: number; action: Action }
  | { op: "census" };

type Mode = "ALL_COMPLETED" | "FIRST_COMPLETED" | "FIRST_EXCEPTION";
type QueueAction =
  | "put"
  | "get"
  | "putNowait"
  | "getNowait"
  | "taskDone"
  | "join"
  | "shutdown";

/** One step. Its number tells it from all others in the trace, and names the task that it starts. */
export type Step = Operation & { id: number };

/** The body of the first task. */
export type Program = Step[];

/** How many there are of each kind of object that the programs share. */
export const OBJECTS = 2;
const QUEUES = 4;

/** What programs are made of. */
export interface Ingredients {
  /** How long things take. */
  delays: fc.Arbitrary<number>;
  /** The newest Python 3 whose asyncio the program needs; semantics that came later are left out. */
  python?: number;
}

/** The parts of a program that hold one another. */
type Grammar = {
  program: Step[];
  body: Step[];
  step: Step;
  target: Target;
};

/**
 * Random programs. Each step runs at most once, and a task awaits only tasks whose numbers are above
 * its own, so no two of them ever wait for each other.
 */
export function programs({ delays, python = Infinity }: Ingredients): fc.Arbitrary<Program> {
  const ref = fc.nat({ max: 7 });
  const index = fc.nat({ max: OBJECTS - 1 });
  const limit = fc.oneof(
    { weight: 8, arbitrary: delays },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const op = <K extends Step["op"]>(name: K) => ({ op: fc.constant(name), id: fc.constant(0) });
  const depth = fc.createDepthIdentifier();

  const { program } = fc.letrec<Grammar>((tie) => {
    const body = tie("body");
    const target = tie("target");
    const own: fc.Arbitrary<Target> = fc.record({ id: fc.constant(0), body });
    const targets = fc.array(target, { minLength: 1, maxLength: 3, size: "max" });
    const weighted = (weight: number, arbitrary: fc.Arbitrary<Operation>) => ({
      weight,
      arbitrary: arbitrary as fc.Arbitrary<Step>,
    });
    const id = fc.constant(0);

    const leaves = [
      weighted(12, fc.record({ ...op("sleep"), delay: delays })),
      weighted(6, fc.record({ ...op("await"), ref })),
      weighted(8, fc.record({ ...op("cancel"), ref })),
      weighted(1, fc.record({ ...op("cancelling") })),
      weighted(1, fc.record({ ...op("raise") })),
      weighted(1, fc.record({ ...op("return") })),
      weighted(1, fc.record({ ...op("reschedule"), delay: limit })),
      weighted(
        4,
        fc.record({
          ...op("event"),
          index,
          action: fc.constantFrom("set", "clear", "pulse", "wait", "wait"),
        }),
      ),
      weighted(
        6,
        fc.record({
          ...op("queue"),
          index: fc.nat({ max: QUEUES - 1 }),
          action: fc.constantFrom<QueueAction>(
            "put",
            "put",
            "put",
            "get",
            "get",
            "get",
            "putNowait",
            "getNowait",
            "taskDone",
            "join",
            ...(python >= 13 ? ["shutdown"] as const : []),
          ),
        }),
      ),
      weighted(
        3,
        fc.record({
          ...op("future"),
          index,
          action: fc.constantFrom("await", "await", "set", "fail", "cancel"),
        }),
      ),
      weighted(
        3,
        fc.record({
          ...op("later"),
          delay: delays,
          action: fc.oneof(
            { weight: 4, arbitrary: fc.record({ cancel: ref }) },
            { weight: 1, arbitrary: fc.record({ set: index }) },
            { weight: 1, arbitrary: fc.record({ resolve: index }) },
          ),
        }),
      ),
      weighted(
        2,
        fc.record({ ...op("callback"), ref, action: fc.constantFrom("add", "add", "remove") }),
      ),
      weighted(
        2,
        fc.record({ ...op("variable"), action: fc.constantFrom("get", "set", "set", "reset") }),
      ),
      weighted(1, fc.record({ ...op("census") })),
    ];
    const eager = python >= 12 ? fc.boolean() : fc.constant(false);
    const spawn = fc.record({ ...op("spawn"), body, eager }) as fc.Arbitrary<Step>;
    const branches = [
      weighted(12, spawn as fc.Arbitrary<Operation>),
      weighted(
        5,
        fc.record({
          ...op("catch"),
          kind: fc.constantFrom("cancelled", "timeout", "all"),
          body,
          handler: body,
        }),
      ),
      weighted(3, fc.record({ ...op("finally"), body, handler: body })),
      weighted(5, fc.record({ ...op("timeout"), delay: limit, body })),
      weighted(2, fc.record({ ...op("timeoutAt"), when: delays, body })),
      weighted(5, fc.record({ ...op("waitFor"), delay: limit, target })),
      weighted(
        5,
        fc.record({
          ...op("gather"),
          // Since Python 3.12 what is done already takes gather no turn.
          targets: python >= 12 ? targets : fc.array(own, { minLength: 1, maxLength: 3 }),
          collect: fc.boolean(),
        }),
      ),
      weighted(
        4,
        fc.record({
          ...op("wait"),
          targets,
          delay: limit,
          mode: fc.constantFrom("ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"),
        }),
      ),
      weighted(4, fc.record({ ...op("shield"), target })),
      weighted(5, fc.record({ ...op("lock"), index, body })),
    ];
    if (python >= 13) {
      leaves.push(
        weighted(2, fc.record({ ...op("uncancel") })),
        weighted(1, fc.record({ ...op("release"), index })),
        weighted(3, fc.record({ ...op("waitCondition"), index })),
        weighted(2, fc.record({ ...op("waitForCondition"), index })),
        weighted(3, fc.record({ ...op("notify"), index, count: fc.nat({ max: 2 }) })),
      );
      branches.push(
        weighted(7, fc.record({ ...op("group"), body })),
        weighted(7, fc.record({ ...op("start"), body })),
        weighted(4, fc.record({ ...op("semaphore"), index, body })),
        weighted(5, fc.record({ ...op("condition"), index, body })),
      );
    }
    return {
      // Several tasks from the start: one that soon waits for ever doesn't end the play.
      program: fc.array(fc.oneof({ withCrossShrink: true }, tie("step"), spawn), {
        maxLength: 6,
        size: "max",
      }),
      body: fc.array(tie("step"), { maxLength: 5, size: "max" }),
      step: fc.oneof(
        { depthIdentifier: depth, maxDepth: 4, depthSize: "max", withCrossShrink: true },
        ...leaves,
        ...branches,
      ),
      target: fc.oneof(
        { depthIdentifier: depth, maxDepth: 4, depthSize: "max" },
        { weight: 2, arbitrary: fc.record({ id, ref }) },
        { weight: 1, arbitrary: fc.record({ id, future: index }) },
        { weight: 3, arbitrary: own },
      ),
    };
  });
  return program.map(numbered);
}

/** Numbers steps and targets from one, each before what it holds. */
function numbered(program: Program): Program {
  let last = 0;
  const visit = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(visit) as T;
    if (typeof value !== "object" || value === null) return value;
    const copy: Record<string, unknown> = "id" in value ? { id: ++last } : {};
    for (const [key, part] of Object.entries(value)) if (key !== "id") copy[key] = visit(part);
    return copy as T;
  };
  return visit(program);
}
