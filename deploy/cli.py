"""The `yizhan` command: everything on this machine, started, stopped, shown and proved."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence

from deploy.local import control
from deploy.local.errors import LocalError
from deploy.local.settings import StackSettings, settings_from
from deploy.local.supervisor import Supervisor
from deploy.operations import backup, parked, upgrade

Command = Callable[[StackSettings, argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    """Return the command's arguments."""
    top = argparse.ArgumentParser(prog="yizhan", description="Yizhan on one machine.")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="up|down|status|logs|demo|parked|backup|restore|upgrade|reset"
    )
    up = commands.add_parser("up", help="start everything in the background, load the demo campus, replay requests")
    up.add_argument("--foreground", action="store_true", help="stay, and show every part's log")
    commands.add_parser("down", help="stop everything; the data is kept")
    commands.add_parser("status", help="show what runs and whether it is ready")
    logs = commands.add_parser("logs", help="follow the logs")
    logs.add_argument("part", nargs="*", help="only these parts")
    demo = commands.add_parser("demo", help="run real requests through the whole loop on a temporary stack")
    demo.add_argument("arguments", nargs=argparse.REMAINDER, help="handed to the demo")
    parked.add_parser(commands)
    backup.add_parsers(commands)
    commands.add_parser("upgrade", help="bring what an earlier release kept to this one; stop everything first")
    commands.add_parser("reset", help="stop everything and forget its data")
    commands.add_parser("supervise")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = parser().parse_args(arguments)
    try:
        return COMMANDS[given.command](settings_from(os.environ), given)
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _supervise(settings: StackSettings, _given: argparse.Namespace) -> int:
    return asyncio.run(Supervisor(settings, os.environ, console=False).run())


def _demo(_settings: StackSettings, given: argparse.Namespace) -> int:
    os.execv(sys.executable, [sys.executable, "-m", "deploy.demo.loop", *given.arguments])  # noqa: S606 - our own interpreter


COMMANDS: dict[str, Command] = {
    "up": lambda settings, given: control.up(settings, os.environ, foreground=given.foreground),
    "down": lambda settings, _: control.down(settings),
    "status": lambda settings, _: control.status(settings),
    "logs": lambda settings, given: control.logs(settings, given.part),
    "demo": _demo,
    "parked": parked.run,
    "backup": backup.backup,
    "restore": backup.restore,
    "upgrade": upgrade.run,
    "reset": lambda settings, _: control.reset(settings),
    "supervise": _supervise,
}


if __name__ == "__main__":
    sys.exit(main())
