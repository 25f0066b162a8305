"""Renders the two pages of the mailbox from its templates.

`web.py` calls it. Everything that comes from a mail is escaped by Jinja2; a mail's own HTML is
never put into these pages but fetched by their sandboxed frame.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, Template

from native.mailbox.store import Mail, Summary


@cache
def _template(name: str) -> Template:
    loader = PackageLoader("native.mailbox", "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["moment"] = _moment
    return environment.get_template(name)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def list_page(mails: Sequence[Summary], total: int, to: str | None) -> str:
    """The newest mails, with a field to choose one address."""
    return _template("list.html").render(mails=mails, total=total, to=to)


def message_page(mail: Mail) -> str:
    """One mail: its headers, its HTML in a frame, and its text."""
    return _template("message.html").render(mail=mail, summary=mail.summary)
