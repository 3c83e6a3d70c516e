"""Lines sent back by CPython's asyncio: readline, write, drain. Each connection is greeted first.

    python3 asyncio_echo.py [--uvloop]          prints the port, and serves
    python3 asyncio_echo.py facts [--uvloop]    prints the versions as a line
"""
import asyncio
import platform
import socket
import sys


async def echo(reader, writer):
    try:
        # asyncio's own loop does this itself, uvloop's as well; it says what is meant.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.write(b"hello\n")
        await writer.drain()
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve():
    server = await asyncio.start_server(echo, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main():
    versions = platform.python_version()
    if "--uvloop" in sys.argv:
        import uvloop

        uvloop.install()
        versions = f"{uvloop.__version__}, Python {versions}"
    if "facts" in sys.argv:
        print(versions)
    else:
        asyncio.run(serve())


main()
