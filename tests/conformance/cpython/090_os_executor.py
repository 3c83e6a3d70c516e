# Jobs of an executor: results, errors, and a cancel that reaches a job in the queue only.
import asyncio

def say(*xs):
    def f(x):
        if x is True: return "yes"
        if x is False: return "no"
        if x is None: return "none"
        if isinstance(x, (list, tuple)): return "[" + " ".join(map(f, x)) + "]"
        if isinstance(x, (bytes, bytearray)): return x.decode().replace("\n", "\\n")
        return str(x)
    print(*map(f, xs), flush=True)

from concurrent.futures import ThreadPoolExecutor
import time

def double(n):
    return n * 2

def fail(text):
    raise ValueError(text)

def work(ms):
    time.sleep(ms / 1000)
    return ms

async def main():
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        say(await loop.run_in_executor(pool, double, 21))
        try:
            await loop.run_in_executor(pool, fail, "from a thread")
        except ValueError as e:
            say(type(e).__name__, str(e))
        busy = loop.run_in_executor(pool, work, 150)
        queued = loop.run_in_executor(pool, double, 1)
        behind = loop.run_in_executor(pool, double, 2)
        await asyncio.sleep(0.05)
        say(busy.done(), queued.cancel())
        say(await behind, queued.cancelled(), busy.done(), await busy)
        say(await asyncio.gather(*(loop.run_in_executor(pool, double, n) for n in range(5))))
    say(await asyncio.to_thread(double, 4))
    try:
        await asyncio.to_thread(fail, "again")
    except ValueError as e:
        say(str(e))

asyncio.run(main())
