/**
 * Measures how many bytes one task takes that waits and does nothing: the engine's heap, its
 * buffers, and the memories of WebAssembly.
 *
 *     deno run -A --v8-flags=--expose-gc bench/probes/park.ts wasyncio
 *
 * @module
 */
import { type ContenderName, contenderNames, contenders } from "../contenders.ts";
import { option } from "../measure.ts";

/** What a process reports. */
export interface ParkResult {
  /** Bytes of the engine's heap per task. */
  heap: number;
  /** Bytes of buffers and of WebAssembly's memories per task. */
  buffers: number;
}

/** WebAssembly's memories are in no statistic of the host's, so the instances are watched. */
const memories = new Set<WebAssembly.Memory>();
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args: [WebAssembly.Module, WebAssembly.Imports?]) {
    const instance = new target(...args);
    for (const member of Object.values(instance.exports)) {
      if (member instanceof WebAssembly.Memory) memories.add(member);
    }
    return instance;
  },
});

function used(): ParkResult {
  const gc = (globalThis as unknown as { gc: () => void }).gc;
  gc();
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  let buffers = external;
  for (const memory of memories) buffers += memory.buffer.byteLength;
  return { heap: heapUsed, buffers };
}

const n = option("n", 20_000);
const load = contenders[Deno.args[0] as ContenderName]?.load;
if (load === undefined) {
  const names = contenderNames.filter((name) => contenders[name].load !== undefined);
  console.error(`Usage: park.ts contender\n  ${names.join(" ")}`);
  Deno.exit(2);
}
const contender = await load();
await (await contender.park(100))();
const before = used();
const release = await contender.park(n);
const after = used();
const result: ParkResult = {
  heap: (after.heap - before.heap) / n,
  buffers: (after.buffers - before.buffers) / n,
};
console.log(JSON.stringify(result));
await release();
Deno.exit();
