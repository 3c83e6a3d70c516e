# An error that was set is thrown by every read from then on; two readers at once are refused.
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

async def attempt(wait):
    try:
        say(await wait)
    except (OSError, RuntimeError) as e:
        say(type(e).__name__ if isinstance(e, RuntimeError) else str(e))

async def main():
    r = asyncio.StreamReader()
    say(r.exception())
    r.feed_data(b"buffered\n")
    r.set_exception(OSError("broken"))
    say(str(r.exception()))
    await attempt(r.readline())
    await attempt(r.read(3))
    await attempt(r.readexactly(3))
    await attempt(r.readuntil())

    r = asyncio.StreamReader()
    t = asyncio.create_task(attempt(r.readline()))
    await asyncio.sleep(0)
    r.set_exception(OSError("amid a read"))
    await t

    r = asyncio.StreamReader()
    first = asyncio.create_task(attempt(r.readline()))
    await asyncio.sleep(0)
    await attempt(r.read(1))
    r.feed_data(b"for the first\n")
    await first
    await attempt(r.read(0))

asyncio.run(main())
