/**
 * Prices of many things, with wasyncio.
 *
 * @module
 */

import {
  abortable,
  CancelledError,
  run,
  Semaphore,
  sleep,
  type Task,
  taskGroup,
  waitFor,
} from "../../mod.ts";
import type { Service } from "./service.ts";

function* price(name: string, service: Service) {
  for (let attempt = 1;; attempt++) {
    try {
      return yield* waitFor(abortable((signal) => service.price(name, signal)), "200ms");
    } catch (error) {
      if (error instanceof CancelledError || attempt === 3) throw error;
    }
    yield* sleep(10 * 2 ** attempt);
  }
}

/** At most three at a time; three attempts each, of 200 ms, with growing pauses. */
export function prices(names: string[], service: Service, signal: AbortSignal): Promise<number[]> {
  const slots = new Semaphore(3);
  const tasks: Task<number>[] = [];
  return run(function* () {
    yield* taskGroup(function* (group) {
      for (const name of names) {
        yield* slots.acquire();
        const task = group.createTask(price(name, service));
        task.addDoneCallback(() => slots.release());
        tasks.push(task);
      }
    });
    return tasks.map((task) => task.result());
  }, { signal });
}
