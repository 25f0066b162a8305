"""What mails say, that HTML is escaped, and that nobody can inject a header."""

import email
import email.policy
from dataclasses import replace
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest

from chassis.mail import Mail, MailRefused
from chassis.mime import ascii_address, compose
from notifications.adapters.rendering import JinjaRenderer
from notifications.domain.contact import Recipient
from notifications.domain.message import Message, Template
from notifications.domain.order import Amounts, Money
from services.notifications.tests.fakes import NOON, example_order

CASEY = Recipient("customer@souk.example", "Casey Customer")
SENDER = Address("Souk", addr_spec="shop@souk.example")
SHORTAGE = {"sku": "85123A", "name": "HEART HOLDER", "requested": 6, "available": 2}
ITEMS = [{"sku": "85123A", "name": "HEART HOLDER", "quantity": 2}]
WHOLE = {"amount": 1770, "currency": "GBP"}
PART = {"amount": 590, "currency": "GBP"}
DETAILS: dict[Template, list[dict[str, Any]]] = {
    Template.ORDER_CONFIRMED: [{}],
    Template.ORDER_REJECTED: [
        {"reason": "out_of_stock", "shortages": [SHORTAGE, SHORTAGE | {"available": 0}]},
        {"reason": "payment_declined", "shortages": []},
        {"reason": "timed_out", "shortages": []},
        {"reason": "reservation_expired", "shortages": []},
    ],
    Template.ORDER_CANCELLED: [{"cancelled_by": "customer"}, {"cancelled_by": "staff"}],
    Template.ORDER_PACKED: [{}],
    Template.ORDER_SHIPPED: [
        {"lines": ITEMS, "carrier": "Royal Mail", "tracking": "AB123456789GB", "complete": True},
        {"lines": ITEMS, "carrier": "Royal Mail", "tracking": None, "complete": False},
        {"lines": ITEMS, "carrier": None, "tracking": None, "complete": True},
    ],
    Template.ORDER_DELIVERED: [
        {"lines": ITEMS, "complete": True},
        {"lines": ITEMS, "complete": False},
    ],
    Template.RETURN_REQUESTED: [{"lines": ITEMS, "reason": "Arrived broken"}],
    Template.RETURN_RECEIVED: [
        {"lines": ITEMS, "amount": PART},
        {"lines": ITEMS, "amount": PART | {"amount": 0}},
    ],
    Template.RETURN_REFUSED: [{"lines": ITEMS, "reason": "Used"}],
    Template.PAYMENT_REFUNDED: [
        {"amount": WHOLE, "refunded_total": WHOLE},
        {"amount": PART, "refunded_total": WHOLE},
    ],
    Template.REFUND_FAILED: [{"amount": PART}],
    Template.CAPTURE_FAILED: [{}],
    Template.WELCOME: [{}],
    Template.WEBHOOK_DISABLED: [{"url": "https://m.example/in", "problem": "It is gone."}],
}
CASES = [(template, details) for template, all_ in DETAILS.items() for details in all_]


def render(
    template: Template, details: dict[str, Any], to: Recipient = CASEY, **order: Any
) -> Mail:
    message = Message(
        id=UUID(int=1),
        template=template,
        header_id="<order-confirmed.0199aa13-0000-7000-8000-00000000feed@souk.example>",
        cause=UUID(int=2),
        created_at=NOON,
        due_at=NOON,
        details=details,
    )
    about = None if template is Template.WELCOME else example_order(**order)
    return JinjaRenderer("http://localhost:8080").render(message, to, about)


def composed(mail: Mail) -> bytes:
    return compose(mail, ascii_address(mail.recipient), SENDER)


def parse(mail: Mail) -> EmailMessage:
    parsed = email.message_from_bytes(composed(mail), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


class Tags(HTMLParser):
    """Checks that every tag is closed and collects what a screen reader needs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_template_has_its_cases() -> None:
    assert set(DETAILS) == set(Template)


@pytest.mark.parametrize(("template", "details"), CASES)
def test_every_mail_is_whole_in_text_and_in_accessible_html(
    template: Template, details: dict[str, Any]
) -> None:
    mail = render(template, details)
    assert mail.subject and "\n" not in mail.subject
    for words in (mail.text, mail.html):
        assert "Hello Casey Customer," in words
        assert "None" not in words and "{{" not in words and "Undefined" not in words
    assert "\n\n\n" not in mail.text
    tags = Tags()
    tags.feed(mail.html)
    assert tags.open == []
    assert ("html", {"lang": "en"}) in tags.seen
    layout = [attrs for tag, attrs in tags.seen if tag == "table" and "role" in attrs]
    assert all(attrs["role"] == "presentation" for attrs in layout)
    assert all("scope" in attrs for tag, attrs in tags.seen if tag == "th")
    assert not any(tag in {"img", "script", "link", "style"} for tag, _ in tags.seen)


def test_a_confirmation_lists_every_line_and_the_total() -> None:
    line = example_order().lines[0]
    many = tuple(replace(line, sku=f"{10000 + n}") for n in range(673))
    mail = render(Template.ORDER_CONFIRMED, {}, lines=many)
    for words in (mail.text, mail.html):
        assert all(one.sku in words for one in many)
        assert "£2.95" in words and "£17.70" in words
        assert "22 November 2026" in words
    assert mail.subject == "Your order 536365 is confirmed"


def test_a_rejection_names_what_was_left_of_each_short_sku() -> None:
    mail = render(*CASES[1])
    assert "HEART HOLDER (85123A): you asked for 6, 2 left" in mail.text
    assert "HEART HOLDER (85123A): you asked for 6, none is left" in mail.html
    assert "Nothing was charged" in mail.text


def test_a_parcel_lists_what_is_in_it_and_how_it_can_be_followed() -> None:
    whole, part, plain = [
        render(Template.ORDER_SHIPPED, d) for d in DETAILS[Template.ORDER_SHIPPED]
    ]
    assert (whole.subject, part.subject) == (
        "Your order 536365 is on its way",
        "Part of your order 536365 is on its way",
    )
    for words in (whole.text, whole.html):
        assert all(word in words for word in ("HEART HOLDER", "Royal Mail", "AB123456789GB"))
    assert "the rest will follow" in part.text and "Tracking" not in part.text
    assert "Carrier" not in plain.text + plain.html


def test_a_return_says_what_came_back_and_what_is_owed_for_it() -> None:
    mail = render(Template.RETURN_RECEIVED, {"lines": ITEMS, "amount": PART})
    assert "    2 x HEART HOLDER (85123A)" in mail.text
    assert "We will refund £5.90" in mail.text and "£5.90" in mail.html


def test_a_return_for_which_nothing_is_owed_promises_no_money() -> None:
    mail = render(Template.RETURN_RECEIVED, {"lines": ITEMS, "amount": PART | {"amount": 0}})
    for words in (mail.text, mail.html):
        assert "Nothing is left to be refunded for them" in words
        assert "£0.00" not in words and "We will refund" not in words


def test_a_second_refund_says_how_much_it_is_in_all() -> None:
    first, second = [
        render(Template.PAYMENT_REFUNDED, d) for d in DETAILS[Template.PAYMENT_REFUNDED]
    ]
    assert "in all" not in first.text + first.html
    for words in (second.text, second.html):
        assert "£5.90" in words and "With this we have refunded £17.70" in words


def pounds(amount: int) -> Money:
    return Money(amount, "GBP")


def test_the_total_is_taken_apart_where_it_is_more_than_the_goods() -> None:
    amounts = Amounts(pounds(1770), pounds(177), pounds(395), pounds(332))
    taxed = render(Template.ORDER_CONFIRMED, {}, amounts=amounts, total=pounds(1770 - 177 + 395))
    assert "Goods: £17.70\nDiscount: -£1.77\nDelivery: £3.95\nTax, included: £3.32\nTotal:" in (
        taxed.text
    )
    net = render(Template.ORDER_CONFIRMED, {}, amounts=amounts, total=pounds(1988 + 332))
    assert "\nTax: £3.32\nTotal: £23.20" in net.text and "Delivery" in net.html
    bare = Amounts(pounds(1770), pounds(0), pounds(0), pounds(0))
    assert "Goods" not in render(Template.ORDER_CONFIRMED, {}, amounts=bare).text


def test_an_order_without_reference_is_called_by_its_id() -> None:
    mail = render(Template.ORDER_CONFIRMED, {}, reference=None)
    assert mail.subject == f"Your order {example_order().order_id} is confirmed"


def test_names_of_people_and_products_are_text_in_html_and_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    line = replace(example_order().lines[0], name=evil)
    to = Recipient("eve@souk.example", f'"{evil}" & co')
    mail = render(Template.ORDER_CONFIRMED, {}, to, lines=(line,), reference=evil)
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert evil in mail.text


def test_a_mail_has_both_parts_and_the_headers_that_identify_it() -> None:
    mail = render(Template.ORDER_CONFIRMED, {})
    parsed = parse(mail)
    assert parsed["Message-ID"].strip() == mail.header_id
    assert parsed["To"] == "Casey Customer <customer@souk.example>"
    assert parsed["From"] == "Souk <shop@souk.example>"
    assert parsed["Date"].datetime == NOON
    assert parsed["Auto-Submitted"] == "auto-generated"
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None and text.get_content().replace("\r\n", "\n") == mail.text
    assert html is not None and html.get_content().replace("\r\n", "\n") == mail.html


def test_the_same_mail_is_the_same_bytes() -> None:
    mail = render(Template.ORDER_CONFIRMED, {})
    assert composed(mail) == composed(mail)
    assert all(len(line) <= 76 for line in composed(mail).split(b"\r\n")[12:])


@pytest.mark.parametrize(
    "name",
    ["Eve\r\nBcc: all@souk.example", "Eve\nX: y", "Eve\r\n\r\nbody", "E\u2028ve", 'A" <b@c'],
)
def test_a_name_cannot_add_a_header(name: str) -> None:
    parsed = parse(render(Template.WELCOME, {}, Recipient("eve@souk.example", name)))
    assert parsed["Bcc"] is None and parsed["X"] is None
    [address] = parsed["To"].addresses
    assert address.addr_spec == "eve@souk.example"


def test_a_reference_cannot_add_a_header() -> None:
    reference = "1\r\nBcc: all@souk.example"
    parsed = parse(render(Template.ORDER_CONFIRMED, {}, reference=reference))
    assert parsed["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "eve@souk.example\r\nBcc: all@souk.example",
        "eve@souk.example>\r\nRCPT TO:<all@souk.example",
        "eve@souk.example, all@souk.example",
        "eve souk.example",
        "",
        "@souk.example",
        "zoë@souk.example",
    ],
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    mail = render(Template.WELCOME, {}, Recipient(address, "Eve"))
    with pytest.raises(MailRefused):
        composed(mail)


def test_a_name_in_another_script_arrives_as_it_is() -> None:
    to = Recipient("zoe@souk.example", "Zoë 李 " * 12)
    parsed = email.message_from_bytes(composed(render(Template.WELCOME, {}, to)))
    assert str(make_header(decode_header(parsed["To"]))) == f"{to.greeting} <zoe@souk.example>"


def test_a_domain_in_another_script_is_written_as_dns_has_it() -> None:
    parsed = parse(render(Template.WELCOME, {}, Recipient("eve@bücher.example", "Eve")))
    assert parsed["To"].addresses[0].addr_spec == "eve@xn--bcher-kva.example"
