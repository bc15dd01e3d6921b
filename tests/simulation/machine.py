"""A machine without real time: an event loop that jumps from timer to timer, and processes that die at any await."""

import asyncio
import contextvars
import heapq
import inspect
import itertools
from asyncio.base_events import BaseEventLoop
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final

BEGIN: Final = datetime(2026, 9, 7, tzinfo=UTC)
"""When every simulation begins: a Monday, the first day of term, 08:00 in China."""

_PROCESS: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("process", default=None)


class DeadlockError(Exception):
    """Nothing is ready and no timer is set: whatever is awaited will never come."""


class SimulatedLoop(BaseEventLoop):
    """An asyncio loop on virtual time. Nothing waits: when nothing is ready, time jumps to the next timer.

    A callback whose context belongs to a dead process is dropped, so a task of it is never stepped again: its
    `finally` and `except` do not run, as after kill -9.
    """

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._set = itertools.count()
        self._grave: list[asyncio.Task[Any]] = []

    def time(self) -> float:
        return self._virtual

    def _run_once(self) -> None:
        """Run what is ready; when nothing is, jump to the next timer. Timers of one moment run in their order."""
        ready: deque[Any] = self._ready  # type: ignore[attr-defined] - the loop's own
        timers = self._timers
        while timers and (timers[0][2].cancelled() or timers[0][0] <= self._virtual or not ready):
            when, _, timer = heapq.heappop(timers)
            if not timer.cancelled():
                self._virtual = max(self._virtual, when)
                ready.append(timer)
        if not ready:
            raise DeadlockError
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _write_to_self(self) -> None:
        """Need no waking up: there is one thread."""

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        context = contextvars.copy_context() if context is None else context
        if _is_dead(context):
            return _dropped(callback, args, self, context)
        self._check_closed()  # type: ignore[attr-defined] - the loop's own
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined] - the loop's own
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        context = contextvars.copy_context() if context is None else context
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        if _is_dead(context):
            timer.cancel()
        else:
            heapq.heappush(self._timers, (when, next(self._set), timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._virtual + delay, callback, *args, context=context)

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run at once: threads would make the order of things depend on the machine."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits
            done.set_exception(error)
        return done

    def close(self) -> None:
        """End the world; whoever still waits in it is no mistake."""
        for task in asyncio.all_tasks(self):
            untyped: Any = task
            untyped._log_destroy_pending = False
        super().close()

    def forget(self, process: "Process") -> None:
        """Drop everything that this process has ready or scheduled.

        Its tasks are kept, with whatever else is not done now: the garbage collector would run their `finally`.
        """
        self._grave = [task for task in {*self._grave, *asyncio.all_tasks(self)} if not task.done()]
        ready: Any = self._ready  # type: ignore[attr-defined] - the loop's own
        timers: list[Any] = [timer for _, _, timer in self._timers]
        for handle in (*ready, *timers):
            if handle._context.get(_PROCESS) is process:
                _close_what_never_began(handle)
                handle.cancel()


def _close_what_never_began(handle: Any) -> None:
    """Have Python not complain of a coroutine that nobody awaited; nothing of it runs."""
    task = getattr(handle._callback, "__self__", None)
    work = task.get_coro() if isinstance(task, asyncio.Task) else None
    if inspect.iscoroutine(work) and inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        work.close()


def _is_dead(context: contextvars.Context) -> bool:
    process = context.get(_PROCESS)
    return process is not None and not process.alive


def _dropped(
    callback: Callable[..., Any], args: tuple[Any, ...], loop: SimulatedLoop, context: contextvars.Context
) -> asyncio.Handle:
    handle = asyncio.Handle(callback, args, loop, context)
    handle.cancel()
    return handle


class Process:
    """One life of one process: tasks that share a fate. After `die` none of them is ever stepped again."""

    def __init__(self, name: str, loop: SimulatedLoop) -> None:
        self.name = name
        self.alive = True
        self._loop = loop
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def spawn(self, work: Coroutine[Any, Any, Any], name: str = "") -> asyncio.Task[Any]:
        """Run this as part of the process; tasks that it starts are part of the process too."""
        context = contextvars.copy_context()
        context.run(_PROCESS.set, self)
        task = self._loop.create_task(work, name=f"{self.name}:{name}", context=context)
        self._tasks[task] = None
        task.add_done_callback(self._ended, context=context)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)

    def die(self) -> None:
        """Stop for good, here and now."""
        if self.alive:
            self.alive = False
            self._loop.forget(self)


def current_process() -> Process | None:
    """Return the process that the running task belongs to; None for the world around the processes."""
    return _PROCESS.get()


class SimulatedClock:
    """The wall clock of one process: virtual time, wrong by `skew` (implements `shared.clock.Clock`)."""

    def __init__(self, loop: SimulatedLoop, skew: timedelta = timedelta()) -> None:
        self._loop = loop
        self.skew = skew

    def now(self) -> datetime:
        """Return the present moment in whole milliseconds, as the store keeps them."""
        return BEGIN + self.skew + timedelta(milliseconds=round(self._loop.time() * 1000))
