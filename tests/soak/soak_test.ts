/**
 * The soak, in some seconds.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { runSoak } from "./run_soak.ts";

for (const flag of [false, true]) {
  const how = flag ? ", with --unstable-no-legacy-abort" : "";
  Deno.test(`thousands of requests that are cancelled, reset and fail leave nothing behind${how}`, async () => {
    const { seen, wrong } = await runSoak({
      requests: 6_000,
      connections: 100,
      seed: 1,
      deadline: 1_000,
      flag,
      patience: 120,
    });
    assertEquals(wrong, []);
    assertEquals(seen.requests, 6_000);
  });
}
