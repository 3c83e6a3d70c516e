#!/usr/bin/env python3
"""The same cases in CPython's asyncio, and with --uvloop on uvloop.

    python3 asyncio_cases.py yield_100 [--uvloop] [--n=100000] [--warm=300] [--measure=300] [--turns]
    python3 asyncio_cases.py park [--uvloop]
    python3 asyncio_cases.py facts

Prints one line of JSON, as bench/run.ts and bench/probes/park.ts do.
"""
import argparse
import asyncio
import gc
import json
import os
import statistics
import sys
import time

def delay(i):
    """Fixed, well-mixed delays of 1 to 16 ms, in seconds: the same for every contender."""
    return (1 + (((i + 1) * 0x9E3779B1 & 0xFFFFFFFF) >> 28)) / 1000


async def one():
    return 1


async def child():
    await asyncio.sleep(0)
    return 1


async def join(tasks):
    total = 0
    for task in tasks:
        total += await task
    return total


async def spawn_join(n):
    return await join([asyncio.create_task(one()) for _ in range(n)])


async def spawn_join_eager(n):
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    return await spawn_join(n)


async def spawn_join_gen(n):
    return await join([asyncio.create_task(child()) for _ in range(n)])


async def gather(n):
    return len(await asyncio.gather(*[child() for _ in range(n)]))


async def produce(future):
    await asyncio.sleep(0)
    future.set_result(1)


async def fan_in(n):
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(n)]
    tasks = [asyncio.create_task(produce(future)) for future in futures]  # A loop keeps none alive.
    return sum(await asyncio.gather(*futures))


async def yielder(k):
    for _ in range(k):
        await asyncio.sleep(0)
    return k


async def yield_among(k, n):
    return await join([asyncio.create_task(yielder(n // k)) for _ in range(k)])


async def yield_2(n):
    return await yield_among(2, n)


async def yield_100(n):
    return await yield_among(100, n)


async def ping_pong(n):
    ping, pong = asyncio.Queue(), asyncio.Queue()

    async def ponger():
        for _ in range(n):
            pong.put_nowait(await ping.get())

    task = asyncio.create_task(ponger())
    total = 0
    for _ in range(n):
        ping.put_nowait(1)
        total += await pong.get()
    await task
    return total


async def sleep_n(n):
    return len(await asyncio.gather(*[asyncio.sleep(delay(i)) for i in range(n)]))


async def cancel_n(n):
    tasks = [asyncio.create_task(asyncio.sleep(60)) for _ in range(n)]
    await asyncio.sleep(0)  # Lets each of them fall asleep.
    for task in tasks:
        task.cancel()
    return len(await asyncio.gather(*tasks, return_exceptions=True))


async def timeout_win(n):
    total = 0
    for _ in range(n):
        total += await asyncio.wait_for(child(), 60)
    return total


async def timeout_win_conc(n):
    return len(await asyncio.gather(*[asyncio.wait_for(child(), 60) for _ in range(n)]))


async def consume(queue, n):
    total = 0
    for _ in range(n):
        total += await queue.get()
    return total


async def queue_unbounded(n):
    queue = asyncio.Queue()
    consumer = asyncio.create_task(consume(queue, n))
    for _ in range(n):
        queue.put_nowait(1)
        await asyncio.sleep(0)
    return await consumer


async def bounded(maxsize, n):
    queue = asyncio.Queue(maxsize)
    consumer = asyncio.create_task(consume(queue, n))
    for _ in range(n):
        await queue.put(1)
    return await consumer


async def queue_pileup(n):
    return await bounded(0, n)


async def queue_bounded_64(n):
    return await bounded(64, n)


async def queue_bounded_1(n):
    return await bounded(1, n)


async def queue_takeall(n):
    queue = asyncio.Queue()

    async def consume_all():
        total = got = 0
        while got < n:
            total += await queue.get()
            got += 1
            while not queue.empty():
                total += queue.get_nowait()
                got += 1
        return total

    consumer = asyncio.create_task(consume_all())
    for _ in range(n):
        await queue.put(1)
    return await consumer


async def mutex_free(n):
    lock = asyncio.Lock()
    total = 0
    for _ in range(n):
        async with lock:
            total += 1
    return total


async def mutex_contended(n):
    lock = asyncio.Lock()
    count = 0

    async def worker():
        nonlocal count
        for _ in range(n // 100):
            async with lock:
                seen = count
                await asyncio.sleep(0)
                count = seen + 1  # Loses updates unless exclusion holds.

    await asyncio.gather(*[worker() for _ in range(100)])
    return count


def run(coroutine, uvloop):
    if uvloop:
        import uvloop as library

        loop = library.new_event_loop()
    else:
        loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(coroutine)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def check(case, n, uvloop):
    checksum = run(case(n), uvloop)
    if checksum != n:
        raise AssertionError("The checksum is %s, not %s" % (checksum, n))


async def with_turns(case, n):
    """Counts the turns of the loop while a case runs: it polls the host in each."""
    loop = asyncio.get_running_loop()
    turns = 0
    longest = 0.0
    start = last = time.perf_counter()
    handle = None

    def turn():
        nonlocal turns, longest, last, handle
        now = time.perf_counter()
        longest = max(longest, now - last)
        last = now
        turns += 1
        handle = loop.call_soon(turn)

    handle = loop.call_soon(turn)
    await case(n)
    handle.cancel()
    end = time.perf_counter()
    longest = max(longest, end - last)
    return {"turns": turns, "longest": longest * 1e3, "elapsed": (end - start) * 1e3, "operations": n}


def measure(case, args):
    n = args.n
    warm_end = time.perf_counter() + args.warm / 1e3
    while time.perf_counter() < warm_end:
        check(case, n, args.uvloop)
    wall, cpu = [], []
    end = time.perf_counter() + args.measure / 1e3
    while time.perf_counter() < end or len(wall) < 3:
        cpu_start, start = time.process_time_ns(), time.perf_counter_ns()
        check(case, n, args.uvloop)
        wall.append((time.perf_counter_ns() - start) / n)
        cpu.append((time.process_time_ns() - cpu_start) / n)
    result = {"wall": statistics.median(wall), "cpu": statistics.median(cpu), "n": n, "rounds": len(wall)}
    if args.turns:
        result["host"] = run(with_turns(case, n), args.uvloop)
    return result


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def park(n):
    loop = asyncio.get_running_loop()
    gates = []

    async def wait():
        gate = loop.create_future()
        gates.append(gate)
        await gate

    gc.collect()
    before = resident()
    tasks = [asyncio.create_task(wait()) for _ in range(n)]
    await asyncio.sleep(0)
    gc.collect()
    after = resident()
    for gate in gates:
        gate.set_result(None)
    await asyncio.gather(*tasks)
    return {"heap": (after - before) / n, "buffers": 0}


def facts():
    try:
        import uvloop

        version = uvloop.__version__
    except ImportError:
        version = None
    return {
        "executable": os.path.realpath(sys.executable),
        "python": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "uvloop": version,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--warm", type=float, default=300)
    parser.add_argument("--measure", type=float, default=300)
    parser.add_argument("--turns", action="store_true")
    args = parser.parse_args()
    if args.case == "facts":
        result = facts()
    elif args.case == "park":
        result = run(park(args.n), args.uvloop) if os.path.exists("/proc/self/statm") else None
    elif args.case == "spawn_join_eager" and not hasattr(asyncio, "eager_task_factory"):
        result = None
    else:
        result = measure(globals()[args.case], args)
    print(json.dumps(result))


main()
