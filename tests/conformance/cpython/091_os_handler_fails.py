# A handler that throws ends its own connection; the server goes on.
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
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: say("reported", context["exception"]))
    async def handle(reader, writer):
        line = await reader.readline()
        if line == b"fail\n":
            try:
                raise ValueError("a bad line")
            finally:
                writer.close()
        writer.write(b"good\n")
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for line in b"fail\n", b"fine\n":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(line)
        say("answer:", await reader.read())
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.01)
    server.close()

asyncio.run(main())
