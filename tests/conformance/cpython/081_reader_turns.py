# How many turns a reader takes: none when the bytes are there already.
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

async def ticker(log):
    n = 0
    while True:
        log[0] = n
        n += 1
        await asyncio.sleep(0)

async def main():
    log = [0]
    t = asyncio.create_task(ticker(log))
    await asyncio.sleep(0)
    r = asyncio.StreamReader()
    r.feed_data(b"a\nb\nc\nd")
    before = log[0]
    for _ in range(3):
        await r.readline()
    await r.read(1)
    say("turns", log[0] - before)
    order = []
    async def reader():
        order.append("reads")
        order.append((await r.readline()).decode().strip())
    reading = asyncio.create_task(reader())
    await asyncio.sleep(0)
    order.append("feeds")
    r.feed_data(b"x\n")
    order.append("fed")
    await reading
    say(order)
    t.cancel()

asyncio.run(main())
