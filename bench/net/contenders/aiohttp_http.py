"""The same answer from aiohttp on uvloop.

    python3 aiohttp_http.py          prints the port, and serves
    python3 aiohttp_http.py facts    prints the versions as a line
"""
import asyncio
import platform
import sys

import aiohttp
import uvloop
from aiohttp import web


async def hello(request):
    return web.Response(text="Hello, World!")


async def serve():
    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def main():
    if sys.argv[1:] == ["facts"]:
        versions = f"{aiohttp.__version__}, uvloop {uvloop.__version__}"
        print(f"{versions}, Python {platform.python_version()}")
        return
    uvloop.install()
    asyncio.run(serve())


main()
