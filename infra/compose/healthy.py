"""Exits with 0 when the process of this container takes requests: the HEALTHCHECK of every image.

It runs every few seconds in every container, so it speaks HTTP by hand and imports next to nothing.
"""

import os
import socket
import sys

QUESTION = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
SECONDS = 8.0


def ready(port: int) -> bool:
    """Whether the answer's status is 200; no answer in time means no."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            connection.sendall(QUESTION)
            return connection.recv(16).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not ready(int(os.environ["SOUK_PORT"])))
