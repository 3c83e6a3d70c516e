/**
 * Jobs in bare workers, one message for a job and one for its result, as one writes it by hand. Prints
 * microseconds a job. The arguments are how many jobs there are, and how many of them are in flight.
 *
 * @module
 */

const [jobs, inFlight] = Deno.args.map(Number);
const code = "self.onmessage = ({ data: [id, a, b] }) => self.postMessage([id, a + b]);";
const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
const waiting = new Map<number, (sum: number) => void>();
const workers = Array.from({ length: navigator.hardwareConcurrency }, () => {
  const worker = new Worker(url, { type: "module" });
  worker.onmessage = ({ data: [id, sum] }) => {
    waiting.get(id)!(sum);
    waiting.delete(id);
  };
  return worker;
});
let ids = 0;

function add(a: number, b: number): Promise<number> {
  return new Promise((resolve) => {
    const id = ids++;
    waiting.set(id, resolve);
    workers[id % workers.length].postMessage([id, a, b]);
  });
}

async function client(jobs: number): Promise<void> {
  for (let i = 0; i < jobs; i++) {
    if (await add(i, 1) !== i + 1) throw new Error("a wrong sum");
  }
}

async function all(jobs: number): Promise<void> {
  await Promise.all(Array.from({ length: inFlight }, () => client(Math.ceil(jobs / inFlight))));
}

await all(jobs / 4);
const start = performance.now();
await all(jobs);
console.log((performance.now() - start) / jobs * 1000);
for (const worker of workers) worker.terminate();
