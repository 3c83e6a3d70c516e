/**
 * `python3 [--version | script …]` for machines that have none: CPython compiled to WebAssembly, from
 * the npm package pyodide. It runs in a process of its own, as any other Python does, because a
 * script that waits for its standard input blocks the thread.
 *
 * Loops of asyncio's have virtual time here: WebAssembly would have to spin to sleep.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";

// A version with Python 3.13; the standard library is in the package. Its name is put together here
// so that nobody downloads its 6 MB who has a Python.
const PACKAGE = ["npm:", "pyodide@0.29.5"].join("");

/** What is used of the package: its own types would have to be downloaded. */
interface Pyodide {
  setStdin(options: { read(buffer: Uint8Array): number }): void;
  setStdout(options: { write(buffer: Uint8Array): number }): void;
  setStderr(options: { write(buffer: Uint8Array): number }): void;
  mountNodeFS(inside: string, outside: string): void;
  toPy(value: unknown): unknown;
  runPython(code: string, options: { globals: unknown }): void;
}

/** Runs a script as `python3 -B` does. */
const RUN = `
import asyncio
import runpy
import sys

class Loop(asyncio.BaseEventLoop):
    """asyncio's own turns, where pyodide's loop leaves them to the browser; it has no sockets."""

    def __init__(self):
        super().__init__()
        self._selector = self
        self._now = 0.0

    def time(self):
        return self._now

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("every task waits, and nothing is left to wake one")
        self._now += timeout
        return ()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass

class Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = Loop

asyncio._set_running_loop(None)
asyncio.set_event_loop_policy(Policy())
sys.dont_write_bytecode = True
sys.path.insert(0, "/scripts")
sys.argv[:] = argv
runpy.run_path("/scripts/" + argv[0], run_name="__main__")
`;

async function python(script: string, ...args: string[]): Promise<void> {
  const { loadPyodide } = await import(PACKAGE);
  const pyodide: Pyodide = await loadPyodide();
  pyodide.setStdin({ read: (buffer) => Deno.stdin.readSync(buffer) ?? 0 });
  pyodide.setStdout({ write: (buffer) => Deno.stdout.writeSync(buffer) });
  pyodide.setStderr({ write: (buffer) => Deno.stderr.writeSync(buffer) });
  pyodide.mountNodeFS("/scripts", dirname(resolve(script)));
  pyodide.runPython(RUN, { globals: pyodide.toPy({ argv: [basename(script), ...args] }) });
}

if (Deno.args[0] === "--version") {
  const { default: lock } = await import(PACKAGE + "/pyodide-lock.json", {
    with: { type: "json" },
  });
  console.log(`Python ${lock.info.python}`);
} else {
  const [script, ...args] = Deno.args;
  await python(script, ...args);
}
