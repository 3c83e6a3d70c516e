# What each way of reading takes from a StreamReader that is fed by hand, and what it leaves.
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

async def main():
    r = asyncio.StreamReader()
    r.feed_data(b"one two three\nfour\nfive")
    say(await r.read(4), await r.readexactly(3), await r.readuntil(b"t"))
    say(await r.read(0), r.at_eof())
    say(await r.readline(), await r.readline())
    r.feed_eof()
    say(r.at_eof(), await r.readline(), r.at_eof())
    say(await r.readline(), await r.read(), await r.read(5), await r.readexactly(0))

    r = asyncio.StreamReader()
    whole = asyncio.create_task(r.read())
    for part in b"a", b"b", b"c":
        await asyncio.sleep(0)
        r.feed_data(part)
    await asyncio.sleep(0)
    say(whole.done())
    r.feed_eof()
    say(await whole)

    r = asyncio.StreamReader()
    some = asyncio.create_task(r.read(100))
    await asyncio.sleep(0)
    r.feed_data(b"xy")
    r.feed_data(b"z")
    say(await some)

    r = asyncio.StreamReader()
    r.feed_data(b"a\nb\n\nlast")
    r.feed_eof()
    async for line in r:
        say("line", line)
    say(r.at_eof())

asyncio.run(main())
