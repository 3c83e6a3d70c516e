"""An event loop for asyncio whose time is virtual: it jumps to the next deadline when nothing is ready.

Time is counted in whole numbers, and equal deadlines come due in the order in which they were set.
"""

import asyncio
import heapq
from collections import deque


class VirtualLoop(asyncio.AbstractEventLoop):
    def __init__(self):
        self._ready = deque()
        self._timers = []
        self._timers_set = 0
        self._now = 0

    def time(self):
        return self._now

    def call_soon(self, callback, *args, context=None):
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers_set += 1
        heapq.heappush(self._timers, (when, self._timers_set, handle))
        return handle

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, coro, **settings):
        return asyncio.Task(coro, loop=self, **settings)

    def get_debug(self):
        return False

    def is_running(self):
        return True

    def is_closed(self):
        return False

    def call_exception_handler(self, context):
        pass

    def _timer_handle_cancelled(self, handle):
        pass

    def run(self, main):
        """Runs a coroutine to its end."""
        asyncio._set_running_loop(self)
        try:
            task = self.create_task(main)
            while not task.done():
                self._run_one_turn()
            return task.result()
        finally:
            asyncio._set_running_loop(None)

    def _run_one_turn(self):
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not self._ready and timers:
            self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            handle = heapq.heappop(timers)[2]
            if not handle.cancelled():
                self._ready.append(handle)
        if not self._ready:
            raise RuntimeError("every task waits, and nothing is left to wake one")
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()
