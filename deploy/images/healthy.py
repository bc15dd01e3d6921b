"""`healthy 8000 /readyz`: asks this container's own service, and costs no more than Python's start with two modules."""

import socket
import sys

ANSWERED = (b"HTTP/1.1 200", b"HTTP/1.0 200")


def healthy(port: int, path: str) -> bool:
    """Say whether the service on this port answers this path with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=4) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(12) in ANSWERED
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if healthy(int(sys.argv[1]), sys.argv[2]) else 1)
