"""The same answer from uvicorn on uvloop, by the plainest application that there can be.

    python3 uvicorn_http.py          prints the port, and serves
    python3 uvicorn_http.py facts    prints the versions as a line
"""
import platform
import socket
import sys

import uvicorn
import uvloop

BODY = b"Hello, World!"
HEADERS = [
    (b"content-type", b"text/plain;charset=UTF-8"),
    (b"content-length", str(len(BODY)).encode()),
]


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def parser():
    """Which one uvicorn takes: the quick one, where it is installed."""
    try:
        import httptools  # noqa: F401
        return "httptools"
    except ImportError:
        return "h11"


def main():
    if sys.argv[1:] == ["facts"]:
        versions = f"{uvicorn.__version__}, {parser()}, uvloop {uvloop.__version__}"
        print(f"{versions}, Python {platform.python_version()}")
        return
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)  # whoever knows the port can connect
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, loop="uvloop", lifespan="off", access_log=False, log_level="warning", backlog=4096
    )
    uvicorn.Server(config).run(sockets=[listener])


main()
