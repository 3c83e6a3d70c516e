/**
 * Coroutines whose results have types of their own: one declared, one inferred.
 *
 * @module
 */

import { type Coroutine, sleep } from "../../mod.ts";

export interface User {
  id: number;
}

export function* loadUser(id: number): Coroutine<User> {
  yield* sleep(1);
  return { id };
}

export function* loadText(name: string) {
  yield* sleep(1);
  return name;
}
