# What cannot be connected to.
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

import socket, tempfile, os

async def attempt(what, wait):
    try:
        await wait
    except ConnectionRefusedError:
        say(what, "ECONNREFUSED")
    except FileNotFoundError:
        say(what, "ENOENT")
    except OSError as e:
        say(what, "EADDRINUSE" if e.errno == 98 else e)

async def main():
    async def handle(reader, writer):
        pass
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await attempt("listen twice", asyncio.start_server(handle, "127.0.0.1", port))
    server.close()
    await server.wait_closed()
    await attempt("a port that nobody listens on", asyncio.open_connection("127.0.0.1", port))
    with tempfile.TemporaryDirectory() as folder:
        await attempt("no such socket", asyncio.open_unix_connection(os.path.join(folder, "none")))

asyncio.run(main())
