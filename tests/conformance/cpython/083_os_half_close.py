# The end of one direction leaves the other one open, on both sides.
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
        asked = await reader.read()
        say("all of it:", asked)
        await asyncio.sleep(0.02)
        writer.write(b"answer to " + asked)
        writer.write_eof()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"a question")
    writer.write_eof()
    writer.write_eof()
    try:
        writer.write(b"too late")
    except RuntimeError:
        say("RuntimeError")
    say(await reader.read())
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()

asyncio.run(main())
