# A server's handlers are tasks; a client's life, from connecting to the end.
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
        say("connected")
        while line := await reader.readline():
            say("server got", line)
            writer.write(line.upper())
            await writer.drain()
        say("server saw the end")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    say(host, port > 0, server.is_serving())
    reader, writer = await asyncio.open_connection(host, port)
    say(writer.get_extra_info("peername")[1] == port)
    for text in b"hello\n", b"world\n":
        writer.write(text)
        await writer.drain()
        say("client got", await reader.readline())
    writer.writelines([b"a", b"b", b"\n"])
    say("client got", await reader.readline())
    say(writer.can_write_eof(), writer.is_closing(), reader.at_eof())
    writer.write_eof()
    say("client got", await reader.read(), reader.at_eof())
    writer.close()
    say(writer.is_closing())
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
    say(server.is_serving())

asyncio.run(main())
