/**
 * Measures how many bytes one task takes that waits and does nothing: the engine's heap, its
 * buffers, and the memories of WebAssembly.
 *
 *     deno run -A --v8-flags=--expose-gc bench/park.ts wasyncio
 *
 * @module
 */
import { option } from "./measure.ts";
import { type SideName, sides } from "./sides.ts";

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
const side = await sides[Deno.args[0] as SideName]();
await (await side.park(100))();
const before = used();
const release = await side.park(n);
const after = used();
const result: ParkResult = {
  heap: (after.heap - before.heap) / n,
  buffers: (after.buffers - before.buffers) / n,
};
console.log(JSON.stringify(result));
await release();
Deno.exit();
