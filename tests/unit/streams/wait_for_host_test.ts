/**
 * Waiting for what the host gives once.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { CancelledError, createTask, sleep, type Task, until } from "../../../mod.ts";
import { waitForHost } from "../../../src/streams/wait_for_host.ts";
import { failure, test } from "../support.ts";

test("a cancel calls the wait off, and what comes all the same is given back", function* () {
  const log: string[] = [];
  const task = createTask(waitForHost<string>(
    "a thing",
    (done) => {
      setTimeout(() => done("late"));
      return () => log.push("called off");
    },
    (thing) => log.push(`${thing} given back`),
  ));
  yield* sleep(0);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, ["called off"]);
  yield* until(new Promise((resolve) => setTimeout(resolve, 5)));
  assertEquals(log, ["called off", "late given back"]);
}, { core: "wasm" });

test("a cancel that comes after the thing only gives it back", function* () {
  const log: string[] = [];
  const task: Task<string> = createTask(waitForHost<string>(
    "a thing",
    (done) => {
      setTimeout(() => {
        done("thing");
        task.cancel();
      });
      return () => log.push("called off");
    },
    (thing) => log.push(`${thing} given back`),
  ));
  yield* failure(CancelledError, task);
  assertEquals(log, ["thing given back"]);
}, { core: "wasm" });
