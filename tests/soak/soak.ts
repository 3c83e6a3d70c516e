/**
 * A million requests through a thousand connections, with random cancels, resets, timeouts and failing
 * handlers; and at the end nothing may be left: no task, no timer, no socket, no listener of a signal,
 * and the heap is back where it was.
 *
 *     deno task soak
 *     deno task soak --requests=100000 --seed=7
 *
 * Options: `--requests`, `--connections`, and `--seed`, which repeats a run as far as the machine lets
 * it; `--flag`, with which the server runs with `--unstable-no-legacy-abort`. It takes a minute or two, and no more than ten.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { runSoak } from "./run_soak.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "1000000" },
    connections: { type: "string", default: "1000" },
    flag: { type: "boolean", default: false },
    seed: { type: "string", default: `${crypto.getRandomValues(new Uint16Array(1))[0]}` },
  },
});
const [requests, connections, seed] = [values.requests, values.connections, values.seed]
  .map(Number);
if (!(requests >= 1 && connections >= 1 && seed >= 0)) {
  console.error("--requests and --connections must be at least 1, and --seed a number");
  Deno.exit(2);
}
console.log(`--seed=${seed}`);
const start = performance.now();
const seconds = () => Math.round((performance.now() - start) / 1000);
const result = await runSoak({
  requests,
  connections,
  seed,
  flag: values.flag,
  deadline: 5_000,
  patience: 600,
  progress: (sent) => {
    const share = `${Math.floor(sent / requests * 100)}`.padStart(3);
    console.error(
      `${share} % ${`${seconds()}`.padStart(4)} s  ${sent.toLocaleString("en")} requests`,
    );
  },
});
const { seen, before, after, end, wrong } = result;
const number = (x: number) => x.toLocaleString("en");
console.log(
  `${number(seen.requests)} requests and ${number(seen.lines)} lines through ` +
    `${number(seen.connections)} connections, ${
      number(connections)
    } at a time, in ${seconds()} s; ` +
    `${number(after.cancelled)} handlers were cancelled, ${number(seen.late)} answers were late`,
);
console.table({ "before": before, "after the load": after, "after the end": end }, [
  "heap",
  "tasks",
  "held",
  "timers",
  "listeners",
  "files",
]);
for (const line of wrong) console.log(`WRONG  ${line}`);
console.log(wrong.length === 0 ? "Nothing is left." : `${wrong.length} things are wrong.`);
Deno.exit(wrong.length === 0 ? 0 : 1);
