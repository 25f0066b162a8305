"""Reads the heads of the mails in the mailbox's folder; `gather` calls it.

A mail lies there, one file each, from the moment at which the mailbox answered 250.
"""

from collections.abc import Iterator
from email.parser import BytesHeaderParser
from pathlib import Path

from native.verify.invariants.mails import ReceivedMail

_HEAD_BYTES = 16 * 1024


def read_mails(folder: Path) -> Iterator[ReceivedMail]:
    """Yields the mails in the order of their arrival."""
    parser = BytesHeaderParser()
    for path in sorted(folder.glob("*.eml")):
        with path.open("rb") as file:
            head = parser.parsebytes(file.read(_HEAD_BYTES))
        received = int(path.name.partition("-")[0]) / 1e9
        kind = str(head.get("X-Souk-Template", ""))
        yield ReceivedMail(str(head.get("Message-ID", "")).strip(), kind, received)
