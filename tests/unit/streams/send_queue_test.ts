/**
 * What becomes one write of the host's, and what doesn't.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ByteSink } from "../../../src/host/bytes.ts";
import { SendQueue } from "../../../src/streams/send_queue.ts";

const encoder = new TextEncoder();

/** A sink that notes how long each write was, and takes it a microtask later. */
class NotingSink implements ByteSink {
  readonly lengths: number[] = [];
  text = "";
  readonly holdsBack: boolean;

  constructor(holdsBack: boolean) {
    this.holdsBack = holdsBack;
  }

  write(data: Uint8Array, done: (count: number) => void): void {
    this.lengths.push(data.length);
    queueMicrotask(() => {
      this.text += new TextDecoder().decode(data);
      done(data.length);
    });
  }

  end(done: () => void): void {
    queueMicrotask(done);
  }
}

/** Pushes some texts in one turn, and returns what was sent as what. */
async function send(holdsBack: boolean, texts: string[]): Promise<NotingSink> {
  const sink = new NotingSink(holdsBack);
  const sent = Promise.withResolvers<void>();
  const queue = new SendQueue(sink, {
    _onAllSent: () => sent.resolve(),
    _onRoom: () => {},
    _onSendFailed: sent.reject,
  });
  for (const text of texts) queue.push(encoder.encode(text));
  assertEquals(queue.unsent, texts.join("").length);
  await sent.promise;
  assertEquals(queue.unsent, 0);
  return sink;
}

Deno.test("the first write goes out at once, and what comes meanwhile goes together", async () => {
  assertEquals((await send(false, ["ab", "c", "de"])).lengths, [2, 3]);
});

Deno.test("where the system holds writes back, those of one turn are one", async () => {
  assertEquals((await send(true, ["ab", "c", "de"])).lengths, [5]);
  const texts = ["a".repeat(100), "b".repeat(9000), "c".repeat(5000), "d"];
  const { lengths, text } = await send(true, texts);
  assertEquals(lengths, [14_101]);
  assertEquals(text, texts.join(""));
});

Deno.test("there, too, one write is no longer than is worth it", async () => {
  const texts = Array.from({ length: 9 }, (_, i) => String(i).repeat(30_000));
  const { lengths, text } = await send(true, texts);
  assertEquals(text, texts.join(""));
  assertEquals(lengths.filter((length) => length > 65_536), []);
});

Deno.test("what is given up before it was sent is not sent", async () => {
  const sink = new NotingSink(true);
  const queue = new SendQueue(sink, {
    _onAllSent: () => {},
    _onRoom: () => {},
    _onSendFailed: () => {},
  });
  queue.push(encoder.encode("abc"));
  queue.clear();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(sink.lengths, []);
});
