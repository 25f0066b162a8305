"""The mails on disk, one `.eml` file each, and a list of them in memory.

The SMTP side adds, the page and the JSON API read. A file's name begins with the time of its
arrival, so that the folder's order is the order of arrival also after a restart.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path

# For the list the old parser will do: the new one takes ten times as long, most of a mail's time.
_HEAD = BytesHeaderParser(policy=policy.compat32)


@dataclass(frozen=True, slots=True)
class Summary:
    """One mail in the list; `received` is seconds since the epoch."""

    id: str
    received: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A whole mail: its summary, its headers and its two bodies (empty where there is none)."""

    summary: Summary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


class MailStore:
    """The mails of one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._summaries: dict[str, Summary] = {}
        for path in sorted(folder.glob("*.eml")):
            self._remember(path.stem, path.read_bytes())

    def add(self, content: bytes) -> str:
        """Keep a mail; it is in its folder when this returns. Gives its id."""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        draft = self._folder / f"{name}.new"
        draft.write_bytes(content)
        draft.rename(self._folder / f"{name}.eml")
        self._remember(name, content)
        return name

    def search(self, to: str | None = None, limit: int = 100) -> list[Summary]:
        """The newest mails first; with `to` only those for that address."""
        return [summary for summary, _ in zip(self._matching(to), range(limit), strict=False)]

    def count(self, to: str | None = None) -> int:
        """How many there are."""
        return len(self._summaries) if to is None else sum(1 for _ in self._matching(to))

    def read(self, name: str) -> Mail | None:
        """One mail, or nothing."""
        summary = self._summaries.get(name)
        if summary is None:
            return None
        message = _parse((self._folder / f"{name}.eml").read_bytes())
        headers = tuple((key, str(value)) for key, value in message.items())
        return Mail(summary, headers, _body(message, "plain"), _body(message, "html"))

    def clear(self) -> None:
        """Throw all mails away."""
        for name in self._summaries:
            (self._folder / f"{name}.eml").unlink(missing_ok=True)
        self._summaries.clear()

    def _matching(self, to: str | None) -> Iterator[Summary]:
        wanted = None if to is None else to.casefold()
        for summary in reversed(self._summaries.values()):
            if wanted is None or wanted in summary.recipients:
                yield summary

    def _remember(self, name: str, content: bytes) -> None:
        head = _HEAD.parsebytes(content)
        fields = [str(value) for name in ("to", "cc") for value in head.get_all(name, ())]
        self._summaries[name] = Summary(
            id=name,
            received=int(name.partition("-")[0]) / 1e9,
            sender=_words(head, "from"),
            recipients=tuple(address.casefold() for _, address in getaddresses(fields) if address),
            subject=_words(head, "subject"),
            message_id=str(head.get("message-id", "")).strip(),
        )


def _words(head: Message, name: str) -> str:
    """A field as people read it; encoded words (RFC 2047) become what they stand for."""
    value = str(head.get(name, ""))
    return str(make_header(decode_header(value))) if "=?" in value else value


def _parse(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
