/**
 * Reading from a stream that is fed by hand. Limits and corners are those that CPython's StreamReader
 * showed, unless a test says otherwise.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  CancelledError,
  createTask,
  InvalidStateError,
  iterate,
  type Operation,
  sleep,
  type Task,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import { IncompleteReadError, LimitOverrunError } from "../../../src/streams/errors.ts";
import { StreamReader } from "../../../src/streams/reader.ts";
import { failure, test, text, TurnCounter, turns } from "../support.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A reader that was fed, and ended if that is said. */
function fed(chunks: string[], { limit = 65_536, ended = false } = {}): StreamReader {
  const reader = new StreamReader({ limit });
  for (const chunk of chunks) reader.feedData(chunk);
  if (ended) reader.feedEof();
  return reader;
}

test("read() gives what there is, up to so many bytes", function* () {
  const reader = fed(["abc", "def"]);
  assertEquals(yield* text(reader.read(2)), "ab");
  assertEquals(yield* text(reader.read(100)), "cdef");
});

test("read() of none gives none at once", function* () {
  assertEquals((yield* new StreamReader().read(0)).length, 0);
});

test("read() waits for one byte at least", function* () {
  const reader = new StreamReader();
  const task = createTask(reader.read(10));
  yield* turns(3);
  assert(!task.done());
  reader.feedData("ab");
  assertEquals(yield* text(task), "ab");
});

test("read() without a number takes everything up to the end, beyond the limit", function* () {
  const reader = fed(["abc"], { limit: 2 });
  const task = createTask(reader.read());
  yield* turns(2);
  reader.feedData("def");
  yield* turns(2);
  assert(!task.done());
  reader.feedEof();
  assertEquals(yield* text(task), "abcdef");
  assertEquals(yield* text(reader.read()), "");
  assertEquals(yield* text(reader.read(5)), "");
});

test("read() that was cancelled leaves every byte, even of everything", function* () {
  // CPython loses what read(-1) had taken.
  const reader = fed(["abc"]);
  yield* failure(TimeoutError, waitFor(reader.read(), "1s"));
  assertEquals(yield* text(reader.read(10)), "abc");
});

test("readexactly() gives so many bytes, beyond the limit", function* () {
  const reader = fed(["abc"], { limit: 2 });
  const task = createTask(reader.readexactly(5));
  yield* turns(2);
  reader.feedData("defg");
  assertEquals(yield* text(task), "abcde");
  assertEquals((yield* reader.readexactly(0)).length, 0);
  assertEquals(yield* text(reader.read(9)), "fg");
});

test("readexactly() throws at an end that comes before, with what there was", function* () {
  const reader = fed(["abc"], { ended: true });
  const error = yield* failure(IncompleteReadError, reader.readexactly(5));
  assertEquals([decoder.decode(error.partial), error.expected], ["abc", 5]);
  assert(reader.atEof());
  const again = yield* failure(IncompleteReadError, reader.readexactly(1));
  assertEquals(again.partial.length, 0);
});

test("readexactly() that is cancelled in the middle loses no byte", function* () {
  const reader = fed(["abc"]);
  const task = createTask(reader.readexactly(5));
  yield* turns(2);
  task.cancel();
  yield* failure(CancelledError, task);
  reader.feedData("de");
  assertEquals(yield* text(reader.readexactly(5)), "abcde");
});

test("a read that is cancelled after its bytes have come loses none either", function* () {
  const reader = new StreamReader();
  const task = createTask(function* () {
    yield* reader.readexactly(3);
  });
  yield* turns(2);
  reader.feedData("abc");
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(yield* text(reader.readexactly(3)), "abc");
});

test("readuntil() reads through the separator, which may come in pieces", function* () {
  const reader = new StreamReader();
  const task = createTask(reader.readuntil("\r\n\r\n"));
  for (const piece of ["GET\r", "\n\r", "\r\n", "\r", "\nrest"]) {
    yield* turns(2);
    assert(!task.done());
    reader.feedData(piece);
  }
  assertEquals(yield* text(task), "GET\r\n\r\r\n\r\n");
  assertEquals(yield* text(reader.read(9)), "rest");
});

test("readuntil() takes bytes as a separator, and keeps no hold of them", function* () {
  const reader = new StreamReader();
  const separator = encoder.encode("AB");
  const task = createTask(reader.readuntil(separator));
  yield* turns(2);
  separator.fill(0);
  reader.feedData("xAyABz");
  assertEquals(yield* text(task), "xAyAB");
});

test("readuntil() of several separators: the match that ends first wins", function* () {
  const several = ["\r\n", "\n", "END", encoder.encode("\0")];
  const reader = fed(["one\r\ntwo\nthreeENDfour\0\n"]);
  const messages: string[] = [];
  for (let i = 0; i < 5; i++) messages.push(yield* text(reader.readuntil(several)));
  assertEquals(messages, ["one\r\n", "two\n", "threeEND", "four\0", "\n"]);
  const overlapping = fed(["xabcd"]);
  assertEquals(yield* text(overlapping.readuntil(["abcd", "bc"])), "xabc");
});

test("readuntil() finds a separator anywhere in much that has come", function* () {
  for (const length of [0, 1, 63, 64, 65, 127, 1000, 5000]) {
    const reader = fed(["x".repeat(length), "\n", "y\n"]);
    assertEquals((yield* reader.readuntil()).length, length + 1);
    assertEquals(yield* text(reader.readuntil()), "y\n");
  }
});

test("readuntil() throws at the end, with what there was, and no number", function* () {
  const reader = fed(["some dataAX"], { ended: true });
  const error = yield* failure(IncompleteReadError, reader.readuntil("AA"));
  assertEquals([decoder.decode(error.partial), error.expected], ["some dataAX", null]);
});

test("readuntil() leaves everything where it is when there is more than the limit", function* () {
  const found = fed(["some dataAA"], { limit: 3 });
  const error = yield* failure(LimitOverrunError, found.readuntil("AA"));
  assertInstanceOf(error, RangeError);
  assertEquals(error.consumed, 9);
  assertEquals(yield* text(found.readexactly(9)), "some data");

  const unfinished = fed(["12345678"], { limit: 7 });
  const task = createTask(unfinished.readuntil("AA"));
  yield* turns(2);
  // Its last byte could begin the separator, and then there would be no more than the limit.
  assert(!task.done());
  unfinished.feedData("9");
  assertEquals((yield* failure(LimitOverrunError, task)).consumed, 8);
  assertEquals(yield* text(unfinished.read(20)), "123456789");
});

test("readline() reads lines, and at the end what there is", function* () {
  const reader = fed(["one\ntw", "o\n", "three"], { ended: true });
  const lines: string[] = [];
  for (let i = 0; i < 4; i++) lines.push(yield* text(reader.readline()));
  assertEquals(lines, ["one\n", "two\n", "three", ""]);
});

test("readline() may be as long as the limit, its newline not counted", function* () {
  assertEquals(yield* text(fed(["1234567\n"], { limit: 7 }).readline()), "1234567\n");
  yield* failure(LimitOverrunError, fed(["12345678\n"], { limit: 7 }).readline());
});

test("readline() throws a line away that is too long, through its newline", function* () {
  const reader = fed(["chunk1\nchunk2\nc3\n"], { limit: 3 });
  assertEquals((yield* failure(LimitOverrunError, reader.readline())).consumed, 6);
  yield* failure(LimitOverrunError, reader.readline());
  assertEquals(yield* text(reader.readline()), "c3\n");
});

test("readline() throws away all that is there of a line that has not ended", function* () {
  const reader = new StreamReader({ limit: 3 });
  const task = createTask(reader.readline());
  yield* turns(2);
  reader.feedData("chunk1");
  yield* failure(LimitOverrunError, task);
  reader.feedData("23\n");
  assertEquals(yield* text(reader.readline()), "23\n");
});

test("a reader's lines can be iterated, in coroutines and async functions", function* () {
  const lines: string[] = [];
  yield* iterate(fed(["a\n\nb"], { ended: true }), (line) => void lines.push(decoder.decode(line)));
  assertEquals(lines, ["a\n", "\n", "b"]);
  yield* iterate(fed(["a\nb\n"]), () => false);
  const task = createTask(async function () {
    const lines: string[] = [];
    for await (const line of fed(["c\nd"], { ended: true })) lines.push(decoder.decode(line));
    return lines;
  }());
  assertEquals(yield* task, ["c\n", "d"]);
});

test("reads that needn't wait give up no turn, nor do iterations", function* () {
  const reader = fed(["one\ntwo\nthree\nfour\n", "12345"], { ended: true });
  using counter = new TurnCounter();
  const count = yield* counter.during(() =>
    iterate(reader, function* () {
      yield* reader.readline();
      yield* reader.readuntil();
      yield* reader.readexactly(2);
      yield* reader.read(1);
      yield* reader.read();
    })
  );
  assertEquals(count, 0);
});

test("a second task that reads at once gets an error, and the first one its bytes", function* () {
  const reader = new StreamReader();
  const first = createTask(reader.readexactly(2));
  yield* turns(2);
  yield* failure(InvalidStateError, reader.read(1));
  reader.feedData("a");
  yield* failure(InvalidStateError, reader.read(1));
  reader.feedData("b");
  // It has not run yet, and so is still reading.
  yield* failure(InvalidStateError, reader.read(1));
  assertEquals(yield* text(first), "ab");
  assertEquals(reader.exception(), null);
});

test("an error is thrown by every read, before bytes that have come", function* () {
  const reader = new StreamReader();
  const waiting = createTask(reader.readline());
  yield* turns(2);
  reader.feedData("abc");
  const error = new Error("broken");
  reader.setException(error);
  assertStrictEquals(yield* failure(Error, waiting), error);
  assertStrictEquals(reader.exception(), error);
  const reads = [
    () => reader.read(0),
    () => reader.read(1),
    () => reader.read(),
    () => reader.readline(),
    () => reader.readuntil(),
    () => reader.readexactly(0),
  ];
  for (const read of reads) assertStrictEquals(yield* failure(Error, read()), error);
  reader.feedEof();
  assertStrictEquals(yield* failure(Error, reader.read()), error);
  const iterated = iterate(reader, () => {});
  assertStrictEquals(yield* failure(Error, iterated), error);
});

test("a read gets what it was woken for, though the stream breaks before its task runs", function* () {
  const reads: ((reader: StreamReader) => Operation<Uint8Array>)[] = [
    (reader) => reader.read(10),
    (reader) => reader.readexactly(4),
    (reader) => reader.readuntil("\n"),
    (reader) => reader.readline(),
  ];
  for (const read of reads) {
    const reader = new StreamReader();
    const waiting = createTask(read(reader));
    yield* turns(2);
    reader.feedData("abc\n");
    reader.setException(new Error("broken"));
    assertEquals(yield* text(waiting), "abc\n");
    yield* failure(Error, read(reader));
  }
  // Not where the error has woken it.
  const reader = new StreamReader();
  const waiting = createTask(reader.readline());
  yield* turns(2);
  reader.setException(new Error("broken"));
  reader.feedData("abc\n");
  yield* failure(Error, waiting);
});

test("a reader ends once, and takes nothing after that", function* () {
  const reader = fed(["a"]);
  assert(!reader.atEof());
  reader.feedEof();
  reader.feedEof();
  assert(!reader.atEof());
  assertThrows(() => reader.feedData("b"), InvalidStateError, "ended");
  assertThrows(() => reader.feedData(""), InvalidStateError);
  yield* reader.read();
  assert(reader.atEof());
});

test("bytes that were fed or taken are copies", function* () {
  const reader = new StreamReader();
  const data = encoder.encode("abcdef");
  reader.feedData(data);
  data.fill(0);
  const taken = yield* reader.read(3);
  taken.fill(0);
  assertEquals(yield* text(reader.read(3)), "def");
});

test("lines stay as they are, whatever becomes of one that was given away", function* () {
  const reader = fed(Array.from({ length: 500 }, (_, i) => `line ${i}\n`));
  const first = yield* reader.readline();
  const second = yield* reader.readline();
  first.fill(0);
  assertEquals(decoder.decode(second), "line 1\n");
  structuredClone(second, { transfer: [second.buffer] });
  for (let i = 2; i < 500; i++) assertEquals(yield* text(reader.readline()), `line ${i}\n`);
  const own = fed(["abcd", "efgh"]);
  for (const bytes of [yield* own.read(4), yield* own.readexactly(4)]) {
    assertEquals(bytes.buffer.byteLength, 4);
  }
});

test("much can be fed in small pieces and read in others", function* () {
  const reader = new StreamReader();
  const sent: number[] = [];
  const received: number[] = [];
  const writer: Task<void> = createTask(function* () {
    for (let i = 0; i < 300; i++) {
      const piece = Uint8Array.from({ length: i * 7 % 50 }, (_, j) => (i + j) % 251);
      reader.feedData(piece);
      sent.push(...piece);
      if (i % 3 === 0) yield* sleep(1);
    }
    reader.feedEof();
  });
  for (let i = 1; !reader.atEof(); i++) received.push(...yield* reader.read(i * 13 % 40 + 1));
  yield* writer;
  assertEquals(received, sent);
});

Deno.test("what is no argument is refused at the call", () => {
  const reader = new StreamReader();
  const wrong = <T>(value: unknown) => value as T;
  for (const limit of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new StreamReader({ limit }), RangeError, "limit");
  }
  assertThrows(() => new StreamReader({ limit: wrong("1") }), TypeError, "limit");
  assertThrows(() => new StreamReader(wrong(5)), TypeError, "options");
  for (const n of [1.5, NaN, Infinity]) {
    assertThrows(() => reader.read(n), RangeError, "n must");
    assertThrows(() => reader.readexactly(n), RangeError, "n must");
  }
  assertThrows(() => reader.read(wrong("1")), TypeError, "n must");
  assertThrows(() => reader.readexactly(wrong(undefined)), TypeError, "n must");
  assertThrows(() => reader.readexactly(-1), RangeError, "negative");
  for (const separator of ["", [], ["a", ""], new Uint8Array(0)]) {
    assertThrows(() => reader.readuntil(separator), RangeError, "separator");
  }
  for (const separator of [5, null, [5], {}]) {
    assertThrows(() => reader.readuntil(wrong(separator)), TypeError, "separator");
  }
  for (const data of [5, null, [1, 2], new ArrayBuffer(2)]) {
    assertThrows(() => reader.feedData(wrong(data)), TypeError, "data");
  }
  assertThrows(() => reader.setException(null), TypeError, "exception");
});

test("a read is awaited once", function* () {
  const reader = fed(["ab"]);
  const read = reader.read(1);
  yield* read;
  yield* failure(InvalidStateError, read);
  assertEquals(yield* text(reader.read(1)), "b");
});

test("a reader and those who wait for it print as one line", function* () {
  const reader = fed(["abc"]);
  assertEquals(String(reader), "StreamReader open, 3 bytes to read");
  const task = createTask(reader.readexactly(5), { name: "t" });
  yield* turns(2);
  assertEquals(String(task), 'Task "t" waiting for bytes from a stream');
  task.cancel();
});
