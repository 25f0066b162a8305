"""Sends one invoice as its customer or guest: a cart, its lines, and the order.

Every request may be repeated. The cart's key and the guest's token are made from the invoice, and
the order's idempotency key is the InvoiceNo, so a replay that broke off goes on where it was.
"""

from collections.abc import Mapping
from typing import Any

from native.errors import StackError
from native.shop.api import Refused
from native.shop.countries import country_code
from native.shop.reader import InvoiceOrder
from native.shop.session import Session

TOKEN = "tok_visa"  # noqa: S105  the provider's published test token
PRECONDITION_FAILED = 412


class PricesDiffer(StackError):
    """The catalogue's prices are not the file's."""

    def __init__(self, differences: list[str]) -> None:
        shown = "\n".join(f"  {line}" for line in differences[:10])
        more = f"\n  … and {len(differences) - 10} more" if len(differences) > 10 else ""
        super().__init__(
            f"the shop's prices are not the file's:\n{shown}{more}\n"
            "Import the file first: ./souk import FILE"
        )


def customer_email(customer: str) -> str:
    """The address of an account of the data set."""
    return f"customer-{customer}@example.com"


async def place_invoice(
    order: InvoiceOrder, account: str | None, prices: Mapping[str, int], session: Session
) -> None:
    """Places the order. Raises PricesDiffer before anything is bought at another price."""
    cart = await _cart(order, account, session)
    lines = [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]
    filled = await session.api.send(
        "PUT",
        f"/v1/carts/{cart}/items",
        headers=await _buyer(order, account, session),
        json={"items": lines},
    )
    _check_prices(filled.json()["items"], prices)
    headers = {
        **await _buyer(order, account, session),
        "Idempotency-Key": order.invoice,
        "If-Match": filled.headers["ETag"],
    }
    try:
        await session.api.send("POST", "/v1/orders", headers=headers, json=_body(order, cart))
    except Refused as refusal:
        if refusal.status == PRECONDITION_FAILED:
            raise PricesDiffer([f"invoice {order.invoice}: its cart has changed"]) from None
        raise


async def _cart(order: InvoiceOrder, account: str | None, session: Session) -> str:
    headers = {
        **await _buyer(order, account, session),
        "Idempotency-Key": f"cart-{order.invoice}",
    }
    answer = await session.api.send("POST", "/v1/carts", headers=headers)
    return str(answer.json()["id"])


async def _buyer(order: InvoiceOrder, account: str | None, session: Session) -> Mapping[str, str]:
    if account is None:
        return session.operator.guest(order.invoice)
    return await session.operator.acting_for(account)


def _check_prices(items: list[dict[str, Any]], prices: Mapping[str, int]) -> None:
    wrong = [
        f"{item['sku']} costs {item['unit_price']['amount']} instead of {prices[item['sku']]}"
        for item in items
        if item["unit_price"] != {"amount": prices[item["sku"]], "currency": "GBP"}
    ]
    if wrong:
        raise PricesDiffer(wrong)


def _body(order: InvoiceOrder, cart: str) -> dict[str, Any]:
    name = f"Customer {order.customer}" if order.customer else f"Guest {order.invoice}"
    address = {
        "recipient": name,
        "street": f"Invoice {order.invoice}",
        "city": order.country or "Unknown",
        "postcode": "unknown",
        "country": country_code(order.country),
    }
    body: dict[str, Any] = {
        "cart_id": cart,
        "payment": {"token": TOKEN},
        "shipping_address": address,
        "reference": order.invoice,
    }
    if order.customer is None:
        body["contact"] = {"email": f"guest-{order.invoice}@example.com", "name": name}
    return body
