"""Ports of this machine: a free one for a test, or clear words about who holds the one we want."""

import socket

from deploy.local.errors import LocalError

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Say whether somebody accepts connections on `port` of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def require_free(port: int, purpose: str, variable: str) -> None:
    """Check that we can listen on `port`.

    Raises:
        LocalError: when it is taken; says by whom it is wanted and which variable moves it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            msg = (
                f"Port {port} is taken, and {purpose} needs it ({error.strerror}). Stop what uses it "
                f"(`ss -ltnp 'sport = :{port}'` shows it), or choose another one: {variable}=<port> make up"
            )
            raise LocalError(msg) from error
