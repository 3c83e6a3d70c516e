# Handlers run in a copy of the context in which the server was started.
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

import contextvars
var = contextvars.ContextVar("var", default="default")

async def main():
    async def handle(reader, writer):
        say("handler sees", var.get())
        var.set("changed by a handler")
        writer.close()

    var.set("at the start")
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    var.set("later")
    port = server.sockets[0].getsockname()[1]
    for _ in range(2):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        say(await reader.read())
        writer.close()
        await writer.wait_closed()
    say(var.get())
    server.close()

asyncio.run(main())
