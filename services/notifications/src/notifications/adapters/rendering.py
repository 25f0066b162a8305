"""Makes words of a message: one text and one HTML template for each kind, in Jinja2.

The first line of the text template is the subject. HTML is escaped by Jinja2 itself, and a name
that a template misses is an error, never an empty place.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError, select_autoescape

from chassis.mail import Mail, MailPostponed
from notifications.adapters.formatting import format_date, format_money
from notifications.domain.contact import Recipient
from notifications.domain.message import Message
from notifications.domain.order import Money, Order

_AMOUNTS = frozenset({"amount", "refunded_total"})


class JinjaRenderer:
    """Implements `send_messages.Renderer`; templates are compiled once."""

    def __init__(self, shop_url: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("notifications.adapters"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
        )
        self._environment.filters |= {"money": format_money, "date": format_date}
        self._environment.globals |= {"shop_url": shop_url, "parts_of": _parts}

    def render(self, message: Message, recipient: Recipient, order: Order | None) -> Mail:
        """Returns the mail. Raises MailPostponed when a template fails, which a release mends."""
        values = {"name": recipient.greeting, "order": order, **_details(message.details)}
        try:
            text = self._render(f"{message.template.value}.txt", values)
            html = self._render(f"{message.template.value}.html", values)
        except TemplateError as error:
            raise MailPostponed(f"template {message.template.value}: {error}") from error
        subject, _newline, body = text.partition("\n")
        return Mail(
            header_id=message.header_id,
            kind=message.template.value,
            recipient=recipient.email,
            name=recipient.greeting,
            date=message.created_at,
            subject=subject.strip(),
            text=body.lstrip("\n") + "\n",
            html=html,
        )

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        return self._environment.get_template(name).render(values)


def _details(details: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts come out of the database as JSON and go to the templates as Money."""
    return {n: Money(**value) if n in _AMOUNTS else value for n, value in details.items()}


def _parts(order: Order) -> list[tuple[str, Money]]:
    """Returns the lines above the total; none where the total is nothing but the goods."""
    amounts = order.amounts
    if amounts is None or (amounts.subtotal == order.total and not amounts.tax.amount):
        return []
    included = amounts.tax_is_included(order.total)
    parts = [
        ("Goods", amounts.subtotal),
        ("Discount", Money(-amounts.discount.amount, amounts.discount.currency)),
        ("Delivery", amounts.shipping),
        ("Tax, included" if included else "Tax", amounts.tax),
    ]
    return [(name, amount) for name, amount in parts if amount.amount]
