/**
 * Prices of many things, with RxJS.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- so that a copy of this file finds its package.
import {
  defer,
  firstValueFrom,
  from,
  fromEvent,
  map,
  mergeMap,
  Observable,
  retry,
  takeUntil,
  throwIfEmpty,
  timeout,
  timer,
  toArray,
} from "npm:rxjs@7.8.2";
import type { Service } from "./service.ts";

function ask(name: string, service: Service): Observable<number> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    subscriber.add(() => controller.abort());
    subscriber.add(from(service.price(name, controller.signal)).subscribe(subscriber));
  });
}

const price = (name: string, service: Service) =>
  defer(() => ask(name, service)).pipe(
    timeout(200),
    retry({ count: 2, delay: (_error, attempt) => timer(10 * 2 ** attempt) }),
  );

/** At most three at a time; three attempts each, of 200 ms, with growing pauses. */
export function prices(names: string[], service: Service, signal: AbortSignal): Promise<number[]> {
  return firstValueFrom(
    from(names).pipe(
      mergeMap((name, i) => price(name, service).pipe(map((price) => ({ i, price }))), 3),
      toArray(),
      map((found) => found.sort((a, b) => a.i - b.i).map(({ price }) => price)),
      takeUntil(fromEvent(signal, "abort")),
      throwIfEmpty(() => signal.reason),
    ),
  );
}
