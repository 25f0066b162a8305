"""I5, for mails: one Message-ID for each thing told, and copies only where a crash explains them.

Between the mail server's 250 and our commit a crash makes a second copy, with the Message-ID of
the first; each attempt is counted before it begins, so there are never more copies than attempts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from native.verify.findings import Findings

SENT = "sent"


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as notifications stores it; `subject` tells one parcel's message from another's."""

    id: str
    header_id: str
    template: str
    order_id: str | None
    subject: str
    status: str
    attempts: int
    sent_at: float


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail in the mailbox; `received` is seconds since the epoch."""

    header_id: str
    template: str
    received: float


def check_mails(
    messages: Iterable[MessageRow],
    mails: Iterable[ReceivedMail] | None,
    templates: frozenset[str],
    found: Findings,
) -> None:
    """`templates` are those of notifications: other mails of the shop are not its messages.

    `mails` is None where no mailbox of ours takes them.
    """
    rows = {row.header_id: row for row in messages}
    _one_for_each_thing(rows.values(), found)
    if mails is None:
        return
    ours = [mail for mail in mails if mail.template in templates]
    copies = Counter(mail.header_id for mail in ours)
    found.count("mails", copies.total())
    _known(copies, rows, found)
    _arrived(rows.values(), copies, min((mail.received for mail in ours), default=None), found)


def _one_for_each_thing(rows: Iterable[MessageRow], found: Findings) -> None:
    told: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        found.count("messages")
        if row.order_id is not None:
            told[row.order_id, row.template, row.subject] += 1
    for (order_id, template, subject), number in told.items():
        if number > 1:
            about = f"order {order_id} {template} {subject}".rstrip()
            found.fault("told twice", about, f"{number} messages with a Message-ID each")


def _known(copies: Counter[str], rows: Mapping[str, MessageRow], found: Findings) -> None:
    repeated = 0
    for header_id, number in copies.items():
        row = rows.get(header_id)
        if row is None:
            found.fault("mail without a message", header_id, f"{number} in the mailbox")
        elif number > max(1, row.attempts):
            many = f"{number} copies of {row.attempts} attempts"
            found.fault("too many copies", header_id, many)
        repeated += number - 1
    if repeated:
        found.note(f"{repeated} mails are copies, as a crash between 250 and commit allows")


def _arrived(
    rows: Iterable[MessageRow], copies: Counter[str], oldest: float | None, found: Findings
) -> None:
    """The mailbox may have been emptied: what was sent before its oldest mail is not looked for."""
    if oldest is None:
        return
    for row in rows:
        if row.status == SENT and row.sent_at > oldest and not copies[row.header_id]:
            found.fault("message without a mail", row.header_id, f"message {row.id} was sent")
