"""The keys' own command: `python -m auth.keys rotate` publishes a new signing key.

For an operator with a shell and without a token; POST /v1/signing-key-rotations does the same.
"""

import asyncio
import sys

from auth.components import rotate_once
from auth.domain.key_schedule import RotationUnderWay
from auth.settings import AuthSettings

USAGE = "usage: python -m auth.keys rotate\n"


def main(arguments: list[str]) -> int:
    """Returns the exit status: 2 for another command, 1 while a rotation is under way."""
    if arguments != ["rotate"]:
        sys.stderr.write(USAGE)
        return 2
    try:
        plan = asyncio.run(rotate_once(AuthSettings()))
    except RotationUnderWay as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{plan.kid} signs from {plan.signs_from:%Y-%m-%d %H:%M:%S} UTC on\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
