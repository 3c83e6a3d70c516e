# A peer that does not read holds up drain(), and nobody else; it goes on when the peer reads.
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

SIZE = 16 << 20

async def main():
    peer = asyncio.get_running_loop().create_future()
    async def handle(reader, writer):
        await peer
        size = 0
        while data := await reader.read(1 << 16):
            size += len(data)
        say("peer read", size)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"x" * SIZE)
    drained = asyncio.create_task(writer.drain())
    await asyncio.sleep(0.05)
    say("drained", drained.done())
    other = asyncio.create_task(writer.drain())
    await asyncio.sleep(0)
    drained.cancel()
    await asyncio.wait([drained])
    say("cancelled", drained.cancelled(), other.done())
    peer.set_result(None)
    await other
    say("drained now")
    writer.write_eof()
    say(await reader.read())
    writer.close()
    await writer.wait_closed()
    server.close()

asyncio.run(main())
