# serve_forever() ends by a cancel, and the server is closed then.
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
    async def handle(reader, writer):
        writer.close()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    say(server.is_serving())
    t = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0.01)
    try:
        await server.serve_forever()
    except RuntimeError:
        say("RuntimeError")
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        say("cancelled")
    say(server.is_serving())
    try:
        await server.serve_forever()
    except RuntimeError:
        say("RuntimeError")
    server.close()
    await server.wait_closed()

asyncio.run(main())
