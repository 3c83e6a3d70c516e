# An end that comes too early: the error has what there was, and the reader is empty then.
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

async def incomplete(wait):
    try:
        await wait
    except asyncio.IncompleteReadError as e:
        say("incomplete", e.partial, e.expected)

async def main():
    r = asyncio.StreamReader()
    r.feed_data(b"abc")
    r.feed_eof()
    await incomplete(r.readexactly(5))
    say(r.at_eof(), await r.read())

    r = asyncio.StreamReader()
    r.feed_data(b"no newline")
    r.feed_eof()
    await incomplete(r.readuntil())
    say(r.at_eof())

    r = asyncio.StreamReader()
    t = asyncio.create_task(incomplete(r.readexactly(4)))
    await asyncio.sleep(0)
    r.feed_data(b"ab")
    await asyncio.sleep(0)
    say(t.done())
    r.feed_eof()
    await t

    r = asyncio.StreamReader()
    r.feed_eof()
    await incomplete(r.readexactly(1))
    await incomplete(r.readuntil(b"--"))
    try:
        await r.readexactly(-1)
    except ValueError:
        say("ValueError")
    try:
        await r.readuntil(b"")
    except ValueError:
        say("ValueError")

asyncio.run(main())
