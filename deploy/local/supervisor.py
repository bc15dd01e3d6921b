"""The process behind `make up`: runs the stack, loads the demo campus once, replays requests, stops all together."""

import asyncio
import contextlib
import signal
from collections.abc import Mapping

from deploy.local.console import follow
from deploy.local.errors import LocalError
from deploy.local.settings import StackSettings
from deploy.local.stack import Stack
from deploy.local.state import Lock, Phase, State, write_state

OWN_SERVERS = "own servers"


class Supervisor:
    """Runs one stack and keeps its state file true."""

    def __init__(self, settings: StackSettings, env: Mapping[str, str], *, console: bool) -> None:
        """Prepare; `console` shows the parts' logs; YIZHAN_DEMO=0 in `env` leaves the demo campus out."""
        self._settings = settings
        self._console = console
        self._with_demo = env.get("YIZHAN_DEMO", "1") != "0"
        self._state = State(Phase.STARTING, settings.ports)

    async def run(self) -> int:
        """Run until a signal or a crash; returns the exit status."""
        with Lock(self._settings.directory) as lock:
            if not lock.take():
                print(f"A stack is running already in {self._settings.directory}.")
                return 1
            self._write()
            try:
                return await self._run_stack()
            except LocalError as error:
                self._end(Phase.FAILED, str(error))
                return 1
            except BaseException as error:
                self._end(Phase.FAILED, f"{type(error).__name__}: {error}")
                raise

    async def _run_stack(self) -> int:
        stack = Stack(self._settings, say=self._say)
        asked_to_end = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, asked_to_end.set)
        ending = asyncio.create_task(asked_to_end.wait())
        starting = asyncio.create_task(self._start(stack))
        crash = asyncio.create_task(stack.crashed())
        try:
            await asyncio.wait({ending, starting, crash}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting
                await asyncio.wait({ending, crash}, return_when=asyncio.FIRST_COMPLETED)
            if crash.done():
                raise LocalError(crash.result() + "\nAll other parts were stopped.")
        finally:
            for task in (starting, ending, crash):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError, LocalError):
                await starting
            await stack.stop()
        self._end(Phase.STOPPED)
        return 0

    async def _start(self, stack: Stack) -> None:
        await stack.start()
        following = asyncio.create_task(follow(self._settings.logs, stack.names)) if self._console else None
        try:
            if self._with_demo:
                await self._load_demo(stack)
            self._state = State(
                Phase.READY,
                self._state.ports,
                self._state.steps,
                {name: stack.server(name).process.pid for name in stack.names},
            )
            self._write()
            if following is not None:
                await following
        finally:
            if following is not None:
                following.cancel()

    async def _load_demo(self, stack: Stack) -> None:
        mark = self._settings.directory / "campus-loaded"
        where = self._settings.mongodb_uri or OWN_SERVERS
        if not mark.exists() or mark.read_text(encoding="utf-8") != where:
            self._say("Loading the demo campus ...")
            await stack.run_through("seed", "deploy.demo.seed", "--origin", stack.origin)
            mark.write_text(where, encoding="utf-8")
        await stack.run_beside("replay", "deploy.demo.replay", "--origin", stack.origin)
        self._say("Replaying real requests into the demo campus.")

    def _say(self, text: str) -> None:
        print(text, flush=True)
        self._state = self._state.step(text)
        self._write()

    def _end(self, phase: Phase, error: str = "") -> None:
        self._state = State(phase, self._state.ports, self._state.steps, {}, error)
        self._write()
        if error:
            print(error, flush=True)

    def _write(self) -> None:
        write_state(self._settings.directory, self._state)
