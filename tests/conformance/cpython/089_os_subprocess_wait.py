# Any number may wait for a child, and a wait that is cancelled leaves it alone.
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

from asyncio.subprocess import PIPE

async def main():
    p = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    waits = [asyncio.create_task(p.wait()) for _ in range(3)]
    await asyncio.sleep(0.01)
    waits[0].cancel()
    await asyncio.wait([waits[0]])
    say(waits[0].cancelled(), p.returncode)
    try:
        await asyncio.wait_for(p.wait(), 0.01)
    except asyncio.TimeoutError:
        say("timeout", p.returncode)
    p.stdin.write(b"still there")
    p.stdin.write_eof()
    say(await p.stdout.read())
    say(await asyncio.gather(*waits[1:]), p.returncode)
    say(await p.wait())

asyncio.run(main())
