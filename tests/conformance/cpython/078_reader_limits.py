# Lines that are longer than the limit: readuntil leaves everything where it is, readline throws the line away.
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

async def overrun(wait):
    try:
        await wait
    except asyncio.LimitOverrunError as e:
        say("overrun", e.consumed)
    except ValueError:
        say("ValueError")

async def main():
    r = asyncio.StreamReader(limit=4)
    r.feed_data(b"12345\n678")
    await overrun(r.readuntil())
    say(await r.read(3))
    await overrun(r.readline())

    r = asyncio.StreamReader(limit=4)
    r.feed_data(b"abcdef")
    await overrun(r.readuntil())
    say(await r.readexactly(6))

    r = asyncio.StreamReader(limit=4)
    r.feed_data(b"12345\nok\nrest")
    await overrun(r.readline())
    say(await r.readline())
    r.feed_eof()
    say(await r.readline())

    r = asyncio.StreamReader(limit=4)
    r.feed_data(b"1234567")
    await overrun(r.readline())
    r.feed_data(b"8\n")
    say(await r.readline())

    r = asyncio.StreamReader(limit=4)
    r.feed_data(b"123\n")
    say(await r.readuntil())
    r.feed_data(b"1234\n")
    say(await r.readuntil())
    r.feed_data(b"abc--def--")
    say(await r.readuntil(b"--"), await r.readuntil(b"--"))

    r = asyncio.StreamReader(limit=2)
    r.feed_data(b"a long text")
    say(await r.readexactly(6))
    r.feed_eof()
    say(await r.read())

asyncio.run(main())
