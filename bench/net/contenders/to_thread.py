"""Calls in another thread by Python's to_thread, one after the other; prints microseconds a call.

    python3 to_thread.py CALLS
    python3 to_thread.py facts
"""
import asyncio
import platform
import sys
import time


def add(a, b):
    return a + b


async def measure(calls):
    for i in range(calls // 4):
        await asyncio.to_thread(add, i, 1)
    start = time.perf_counter()
    for i in range(calls):
        if await asyncio.to_thread(add, i, 1) != i + 1:
            raise AssertionError("a wrong sum")
    return (time.perf_counter() - start) / calls * 1e6


if sys.argv[1] == "facts":
    print(platform.python_version())
else:
    print(asyncio.run(measure(int(sys.argv[1]))))
