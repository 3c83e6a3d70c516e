/**
 * Which browser the tests take.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { findProgram, type Machine } from "./chromium.ts";

function on(machine: Partial<Machine>, ...files: string[]): string | null {
  return findProgram({
    os: "linux",
    arch: "x86_64",
    wish: undefined,
    path: "/usr/local/bin:/usr/bin",
    isFile: (path) => files.includes(path),
    starts: () => true,
    ...machine,
  });
}

Deno.test("the first browser on the path is taken", () => {
  const browsers = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/opt/chromium"];
  assertEquals(on({}, ...browsers), "/usr/bin/chromium");
  assertEquals(on({ path: "/opt:/usr/bin" }, ...browsers), "/opt/chromium");
});

Deno.test("a browser that the path does not know is found where installers put it", () => {
  const chrome = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  assertEquals(on({ os: "darwin", arch: "aarch64" }, chrome), chrome);
});

Deno.test("a program that only says how to install a browser is passed over", () => {
  const starts = (path: string) => path !== "/usr/bin/chromium-browser";
  const programs = ["/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  assertEquals(on({ starts }, ...programs), "/usr/bin/google-chrome");
  assertEquals(on({ starts }, programs[0]), "npm");
});

Deno.test("without a browser, Linux on x86-64 takes the package, and other systems have none", () => {
  assertEquals(on({}), "npm");
  assertEquals(on({ arch: "aarch64" }), null);
  assertEquals(on({ os: "darwin" }), null);
});

Deno.test("a wish comes first", () => {
  const browsers = ["/usr/bin/chromium", "/opt/mine"];
  assertEquals(on({ wish: "/opt/mine" }, ...browsers), "/opt/mine");
  assertEquals(on({ wish: "npm" }, ...browsers), "npm");
  assertEquals(on({ wish: "none" }, ...browsers), null);
  assertEquals(on({ wish: "" }, ...browsers), "/usr/bin/chromium");
});

Deno.test("a browser that was wished for and isn't there is an error", () => {
  assertThrows(() => on({ wish: "/opt/mine" }), Error, "WASYNCIO_CHROMIUM must be");
});
