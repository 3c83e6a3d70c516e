"""Runs programs on asyncio, as interpreter.ts runs them on this library.

Reads programs and writes traces, as JSON, one a line.
"""

import asyncio
import json
import sys
import traceback
import warnings
from contextvars import ContextVar

from virtual_loop import VirtualLoop

HORIZON = 1_000_000
ROUNDS = 50
OBJECTS = 2

RETURN = object()


class Failure(Exception):
    pass


async def _cancel_and_wait(future):
    ended = asyncio.get_running_loop().create_future()

    def release(_):
        if not ended.done():
            ended.set_result(None)

    future.add_done_callback(release)
    try:
        future.cancel()
        await ended
    finally:
        future.remove_done_callback(release)


async def _wait_for(awaitable, limit):
    """What asyncio.wait_for does since Python 3.12: it runs a coroutine in the task that awaits."""
    if limit is not None and limit <= 0:
        future = asyncio.ensure_future(awaitable)
        if not future.done():
            await _cancel_and_wait(future)
            try:
                return future.result()
            except asyncio.CancelledError as error:
                raise TimeoutError from error
        return future.result()
    async with asyncio.timeout(limit):
        return await awaitable


wait_for = asyncio.wait_for if sys.version_info >= (3, 12) else _wait_for


class OrderedSet(dict):
    def add(self, item):
        self[item] = None

    def discard(self, item):
        self.pop(item, None)


class TaskGroup(asyncio.TaskGroup):
    """Cancels its tasks in the order in which they were started; asyncio's goes by their hashes."""

    def __init__(self):
        super().__init__()
        self._tasks = OrderedSet()


class Surroundings:
    def __init__(self, block, timeout=None, group=None, held=frozenset()):
        self.block = block
        self.timeout = timeout
        self.group = group
        self.held = held


class Interpreter:
    def __init__(self, loop):
        self.lines = []
        self.loop = loop
        self.tasks = {}
        self.cancellables = {}
        self.locks = [asyncio.Lock() for _ in range(OBJECTS)]
        self.semaphores = [asyncio.Semaphore(1), asyncio.BoundedSemaphore(2)]
        self.events = [asyncio.Event() for _ in range(OBJECTS)]
        self.conditions = [asyncio.Condition(), asyncio.Condition(self.locks[1])]
        self.futures = [loop.create_future() for _ in range(OBJECTS)]
        self.variable = ContextVar("variable", default=0)
        self.token = None
        self.queues = [
            asyncio.Queue(1),
            asyncio.LifoQueue(2),
            asyncio.PriorityQueue(2),
            asyncio.Queue(),
        ]

    async def main(self, program):
        self.register(0, asyncio.create_task(self.coroutine(program, Surroundings(0))))
        for _ in range(ROUNDS):
            await asyncio.sleep(HORIZON)
            left = [(id, task) for id, task in sorted(self.tasks.items()) if not task.done()]
            if not left:
                break
            for id, task in left:
                self.log(id, "is cancelled at the end")
                task.cancel()
        for id, task in sorted(self.tasks.items()):
            self.log(id, f"ended: {outcome(task)}")
        self.log(0, f"tasks left: {len(asyncio.all_tasks()) - 1}")

    def log(self, id, text):
        self.lines.append(f"{self.loop.time()} {id} {text}")

    def register(self, id, task):
        self.tasks[id] = self.cancellables[id] = task
        return task

    async def coroutine(self, steps, at, is_task=False):
        if is_task:
            self.register(at.block, asyncio.current_task())
        await self.steps(steps, at)
        return at.block

    def child(self, id, steps, at, is_task=False):
        return self.coroutine(steps, Surroundings(id, at.timeout, at.group), is_task)

    async def steps(self, steps, at):
        for step in steps:
            id = step["id"]
            self.log(id, step["op"])
            try:
                result = await getattr(self, "do_" + step["op"])(step, at)
            except BaseException as error:
                self.log(id, f"throws {show(error)}")
                raise
            self.log(id, "returns" if result is RETURN else f"-> {show(result)}")
            if result is RETURN:
                return True
        return False

    async def block(self, steps, at):
        return RETURN if await self.steps(steps, at) else None

    async def do_sleep(self, step, at):
        return await asyncio.sleep(step["delay"])

    async def do_spawn(self, step, at):
        id = step["id"]
        coroutine = self.child(id, step["body"], at)
        if step["eager"]:
            self.register(id, asyncio.Task(coroutine, loop=self.loop, eager_start=True))
        else:
            self.register(id, asyncio.create_task(coroutine))

    async def do_await(self, step, at):
        task = self.find(step["ref"], at)
        return None if task is None else await task

    async def do_cancel(self, step, at):
        return self.cancel(step["ref"])

    async def do_uncancel(self, step, at):
        return asyncio.current_task().uncancel()

    async def do_cancelling(self, step, at):
        return asyncio.current_task().cancelling()

    async def do_catch(self, step, at):
        kind = {
            "cancelled": asyncio.CancelledError,
            "timeout": TimeoutError,
            "all": BaseException,
        }[step["kind"]]
        try:
            return await self.block(step["body"], at)
        except kind as error:
            self.log(step["id"], f"catches {show(error)}")
        return await self.block(step["handler"], at)

    async def do_finally(self, step, at):
        try:
            return await self.block(step["body"], at)
        finally:
            await self.block(step["handler"], at)

    async def do_raise(self, step, at):
        raise Failure(step["id"])

    async def do_return(self, step, at):
        return RETURN

    async def do_timeout(self, step, at):
        return await self.limited(asyncio.timeout(step["delay"]), step, at)

    async def do_timeoutAt(self, step, at):
        return await self.limited(asyncio.timeout_at(step["when"]), step, at)

    async def limited(self, scope, step, at):
        try:
            async with scope:
                return await self.block(
                    step["body"], Surroundings(at.block, scope, at.group, at.held)
                )
        finally:
            self.log(step["id"], f"expired: {show(scope.expired())}")

    async def do_reschedule(self, step, at):
        if at.timeout is not None:
            delay = step["delay"]
            at.timeout.reschedule(None if delay is None else self.loop.time() + delay)

    async def do_waitFor(self, step, at):
        target = self.target(step["target"], at, False)
        return None if target is None else await wait_for(target, step["delay"])

    async def do_gather(self, step, at):
        targets = self.targets(step["targets"], at)
        if not targets:
            return None
        gathered = asyncio.gather(*targets, return_exceptions=step["collect"])
        self.cancellables[step["id"]] = gathered
        return await gathered

    async def do_wait(self, step, at):
        futures = []
        for target in step["targets"]:
            if "body" in target:
                id = target["id"]
                task = asyncio.create_task(self.child(id, target["body"], at))
                futures.append(self.register(id, task))
            else:
                future = self.target(target, at, True)
                if future is not None:
                    futures.append(future)
        if not futures:
            return None
        done, pending = await asyncio.wait(
            futures, timeout=step["delay"], return_when=step["mode"]
        )
        return [
            ("done" if future in done else "") + ("pending" if future in pending else "")
            for future in futures
        ]

    async def do_shield(self, step, at):
        target = self.target(step["target"], at, True)
        if target is None:
            return None
        shielded = asyncio.shield(target)
        self.cancellables[step["id"]] = shielded
        return await shielded

    async def do_group(self, step, at):
        async with TaskGroup() as group:
            return await self.block(step["body"], Surroundings(at.block, at.timeout, group, at.held))

    async def do_start(self, step, at):
        if at.group is not None:
            id = step["id"]
            self.register(id, at.group.create_task(self.child(id, step["body"], at)))

    async def do_lock(self, step, at):
        async with self.locks[step["index"]]:
            self.log(step["id"], "acquired")
            return await self.block(step["body"], at)

    async def do_semaphore(self, step, at):
        semaphore = self.semaphores[step["index"]]
        async with semaphore:
            self.log(step["id"], f"acquired, locked: {show(semaphore.locked())}")
            return await self.block(step["body"], at)

    async def do_release(self, step, at):
        semaphore = self.semaphores[step["index"]]
        semaphore.release()
        return semaphore.locked()

    async def do_event(self, step, at):
        event = self.events[step["index"]]
        action = step["action"]
        if action == "wait":
            return await event.wait()
        if action != "clear":
            event.set()
        if action != "set":
            event.clear()
        return event.is_set()

    async def do_condition(self, step, at):
        index = step["index"]
        async with self.conditions[index]:
            self.log(step["id"], "acquired")
            return await self.block(
                step["body"], Surroundings(at.block, at.timeout, at.group, at.held | {index})
            )

    async def do_waitCondition(self, step, at):
        index = step["index"]
        return await self.conditions[index].wait() if index in at.held else None

    async def do_waitForCondition(self, step, at):
        index = step["index"]
        if index in at.held:
            return await self.conditions[index].wait_for(self.events[index].is_set)

    async def do_notify(self, step, at):
        if step["index"] in at.held:
            self.conditions[step["index"]].notify(step["count"])

    async def do_queue(self, step, at):
        queue = self.queues[step["index"]]
        action = step["action"]
        result = None
        if action == "put":
            await queue.put(step["id"])
        elif action == "putNowait":
            queue.put_nowait(step["id"])
        elif action == "get":
            result = await queue.get()
        elif action == "getNowait":
            result = queue.get_nowait()
        elif action == "taskDone":
            queue.task_done()
        elif action == "join":
            await queue.join()
        else:
            queue.shutdown(step["id"] % 2 == 0)
        return [result, queue.qsize()]

    async def do_future(self, step, at):
        future = self.futures[step["index"]]
        action = step["action"]
        if action == "await":
            return await future
        if action == "cancel":
            return future.cancel()
        if action == "set":
            future.set_result(step["id"])
        else:
            future.set_exception(Failure(step["id"]))

    async def do_callback(self, step, at):
        id, future = self.cancellable(step["ref"])
        if step["action"] == "remove":
            return [id, future.remove_done_callback(self.heard)]
        future.add_done_callback(self.heard)
        return id

    async def do_variable(self, step, at):
        if step["action"] == "set":
            self.token = self.variable.set(step["id"])
        elif step["action"] == "reset" and self.token is not None:
            self.variable.reset(self.token)
        return self.variable.get()

    async def do_later(self, step, at):
        def act():
            result = self.act(step["action"], step["id"])
            self.log(step["id"], f"later: {show(result)}, variable: {self.variable.get()}")

        if step["delay"] == 0:
            self.loop.call_soon(act)
        else:
            self.loop.call_later(step["delay"], act)

    async def do_census(self, step, at):
        return len(asyncio.all_tasks())

    def heard(self, future):
        self.log(0, f"callback: {outcome(future)}, variable: {self.variable.get()}")

    def act(self, action, id):
        if "cancel" in action:
            return self.cancel(action["cancel"])
        if "set" in action:
            return self.events[action["set"]].set()
        future = self.futures[action["resolve"]]
        if not future.done():
            future.set_result(id)

    def cancel(self, ref):
        id, future = self.cancellable(ref)
        return [id, future.cancel()]

    def cancellable(self, ref):
        everything = sorted(self.cancellables.items())
        return everything[ref % len(everything)]

    def find(self, ref, at):
        tasks = [task for id, task in sorted(self.tasks.items()) if id > at.block]
        return tasks[ref % len(tasks)] if tasks else None

    def target(self, target, at, is_task):
        if "body" in target:
            return self.child(target["id"], target["body"], at, is_task)
        return self.find(target["ref"], at) if "ref" in target else self.futures[target["future"]]

    def targets(self, targets, at):
        found = [self.target(target, at, True) for target in targets]
        return [target for target in found if target is not None]


def outcome(future):
    if not future.done():
        return "never"
    return "cancelled" if future.cancelled() else show(future.exception() or future.result())


def show(value):
    if value is None:
        return "none"
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(map(show, value))}]"
    if isinstance(value, BaseExceptionGroup):
        return f"group of {show(list(value.exceptions))}"
    if isinstance(value, Failure):
        return f"failure {value}"
    if isinstance(value, asyncio.CancelledError):
        return "cancelled"
    if isinstance(value, TimeoutError):
        return "timeout"
    if isinstance(value, (asyncio.InvalidStateError, RuntimeError)):
        return "invalid"
    if isinstance(value, ValueError):
        return "value error"
    if isinstance(value, BaseException):
        name = type(value).__name__
        return name if name.startswith("Queue") else repr(value)
    return str(value)


def trace(program):
    loop = VirtualLoop()

    async def main():
        interpreter = Interpreter(loop)
        await interpreter.main(program)
        return interpreter.lines

    return loop.run(main())


def serve():
    # A coroutine that was cancelled before its first step is none that somebody forgot to await.
    warnings.simplefilter("ignore", RuntimeWarning)
    for line in sys.stdin:
        try:
            lines = trace(json.loads(line))
        except Exception:
            lines = traceback.format_exc().splitlines()
        print(json.dumps(lines), flush=True)


serve()
