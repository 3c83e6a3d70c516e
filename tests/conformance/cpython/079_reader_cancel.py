# A read that is cancelled takes nothing: the next one gets every byte.
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

async def cancelled(task):
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("cancelled")

async def main():
    r = asyncio.StreamReader()
    t = asyncio.create_task(r.readexactly(6))
    await asyncio.sleep(0)
    r.feed_data(b"abc")
    await asyncio.sleep(0)
    await cancelled(t)
    r.feed_data(b"def")
    say(await r.readexactly(6))

    t = asyncio.create_task(r.readline())
    await asyncio.sleep(0)
    r.feed_data(b"half a line")
    await cancelled(t)
    r.feed_data(b" and half\n")
    say(await r.readline())

    t = asyncio.create_task(r.read(10))
    await asyncio.sleep(0)
    r.feed_data(b"woken")
    await cancelled(t)
    say(await r.read(10))

    try:
        await asyncio.wait_for(r.readuntil(b";"), 0.01)
    except asyncio.TimeoutError:
        say("timeout")
    r.feed_data(b"a;")
    say(await r.readuntil(b";"))

asyncio.run(main())
