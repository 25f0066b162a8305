"""Runs `alembic upgrade head` for several services in one process.

`up` and the tests' fixture start it as `python -m native.migrate` and hand it `{service: url}` on
standard input, so that no password is in a command line and alembic is imported once.
"""

import json
import os
import sys

from native.place import CHECKOUT


def upgrade(service: str, url: str) -> None:
    """Bring one database to the newest migration of its service."""
    from alembic import command
    from alembic.config import Config

    os.environ["SOUK_DATABASE_URL"] = url
    command.upgrade(Config(str(CHECKOUT / "services" / service / "alembic.ini")), "head")


def main() -> None:
    """Upgrade each database named on standard input."""
    for service, url in json.load(sys.stdin).items():
        upgrade(service, url)


if __name__ == "__main__":
    main()
