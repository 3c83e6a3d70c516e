/**
 * What goes to JSR, which takes sources and makes the rest itself.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

const root = new URL("../../", import.meta.url);

/** Sources, the core's among them, documentation and licence, and nothing else. */
const BELONGS =
  /^((src|assembly)\/.+\.ts|docs\/.+|[a-z_]+\.ts|(README|CHANGELOG)\.md|LICENSE|deno\.json)$/;

Deno.test("JSR gets sources, documentation and licence, and finds no fault with them", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: root,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  assert(success, text);
  // Where types are not written down, it says so, and then has to infer them for every user.
  assert(!/^(warning|error)/im.test(text), text);

  const paths = Array.from(
    text.matchAll(/^\s*(file:\S+) \(/gm),
    ([, url]) => url.slice(root.href.length),
  );
  assertEquals(paths.filter((path) => !BELONGS.test(path)), []);
  for (const path of Object.values(config.exports)) assert(paths.includes(path.slice(2)), path);
  for (const path of ["LICENSE", "README.md", "assembly/index.ts", "docs/README.md"]) {
    assert(paths.includes(path), path);
  }
});
