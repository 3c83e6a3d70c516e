import { join } from "node:path";
import { ESM } from "../../scripts/bundle.ts";
import { check, rules, source } from "../unit/kernel/interrupts_rules.ts";
import { type Fixture, makeFixture } from "./fixture.ts";

let fixture: Fixture;
Deno.test.beforeAll(async () => {
  fixture = await makeFixture();
});
Deno.test.afterAll(() => fixture[Symbol.dispose]());

for (const [i, rule] of rules.entries()) {
  Deno.test(`Node: ${rule.name}`, async () => {
    const main = join(fixture.directory, `interrupted_${i}.js`);
    await Deno.writeTextFile(main, source(`./${ESM}`, rule.program));
    try {
      await check(rule, "node", [main]);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      console.log("Node is not on the PATH: nothing was run under it");
    }
  });
}
