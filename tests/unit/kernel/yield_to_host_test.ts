import { assert, assertEquals } from "@std/assert";
import { afterHost } from "../../../src/kernel/yield_to_host.ts";
import { FakeHost } from "./fake_host.ts";

/** Keeps a loop busy for some slices of 8 ms; a frame is drawn after every so many, if it was asked for. */
function keepBusy(host: FakeHost, slices: number, slicesPerFrame = Infinity): void {
  let left = slices;
  const slice = () => {
    host.now += 8;
    if (--left % slicesPerFrame === 0) host.draw();
    if (left > 0) afterHost(slice);
  };
  slice();
  while (host.busy) host.step();
}

Deno.test("a busy page that gets no frames is left idle for a moment, again and again", () => {
  using host = new FakeHost({ page: true });
  keepBusy(host, 100);
  // Every third or fourth slice of 8 ms ends after more than 24 ms.
  assert(host.timers.length >= 24 && host.timers.length <= 34, `${host.timers.length} gaps`);
  // Firefox draws nothing in a gap of zero.
  assert(host.timers.every((delay) => delay >= 1));
  host.draw();
});

Deno.test("a busy page that gets its frames is not left idle", () => {
  using host = new FakeHost({ page: true });
  keepBusy(host, 100, 2);
  assertEquals(host.timers, []);
  host.draw();
});

Deno.test("a page that was idle for long has not missed frames", () => {
  using host = new FakeHost({ page: true });
  for (let i = 0; i < 10; i++) {
    keepBusy(host, 3);
    host.draw();
    host.now += 1000;
  }
  assertEquals(host.timers, []);
});

Deno.test("frames are asked for while a loop is busy, one at a time, and no longer", () => {
  using host = new FakeHost({ page: true });
  keepBusy(host, 100, 2);
  assert(host.framesAsked > 40 && host.framesAsked <= 51, `${host.framesAsked} frames`);
  const asked = host.framesAsked;
  for (let i = 0; i < 10; i++) host.draw();
  assertEquals(host.framesAsked, asked);
});

Deno.test("a hidden page waits for no frames", () => {
  using host = new FakeHost({ page: true });
  host.document.visibilityState = "hidden";
  keepBusy(host, 100);
  assertEquals([host.timers, host.framesAsked], [[], 0]);
});

Deno.test("hosts with setImmediate have nothing to do with frames", () => {
  using host = new FakeHost();
  keepBusy(host, 100);
  assertEquals([host.timers, host.framesAsked], [[], 0]);
});

for (const missing of ["document", "requestAnimationFrame"]) {
  Deno.test(`where there is no ${missing} nobody waits for frames`, () => {
    using host = new FakeHost({ page: true });
    Object.assign(globalThis, { [missing]: undefined });
    keepBusy(host, 100);
    assertEquals([host.timers, host.framesAsked], [[], 0]);
  });
}
