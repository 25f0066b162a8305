"""What an order refuses of its parcels, returns and refunds: more than there is, or twice.

Raised by parcels.py and account.py.
"""

from collections.abc import Mapping

from orders.domain.errors.base import OrdersError


class NothingLeft(OrdersError):
    """All units were shipped, or no delivered unit is left that could be returned."""

    def __init__(self) -> None:
        super().__init__("Nothing of this order is left for that.")


class MoreThanLeft(OrdersError):
    """More units than are left of these SKUs: to be shipped, or delivered and to be returned."""

    def __init__(self, left: Mapping[str, int]) -> None:
        named = ", ".join(f"{left[sku]} of {sku}" for sku in sorted(left))
        lines = [{"sku": sku, "left": left[sku]} for sku in sorted(left)]
        super().__init__(f"Of this order only {named} is left for that.", lines=lines)


class ShipmentNotFound(OrdersError):
    """The order has no such shipment."""

    def __init__(self) -> None:
        super().__init__("This order has no such shipment.")


class ShipmentDelivered(OrdersError):
    """The parcel arrived before."""

    def __init__(self) -> None:
        super().__init__("This shipment has been delivered.")


class ReturnNotFound(OrdersError):
    """The order has no such return."""

    def __init__(self) -> None:
        super().__init__("This order has no such return.")


class ReturnClosed(OrdersError):
    """The return was received or refused before."""

    def __init__(self, status: str) -> None:
        super().__init__(f"This return has been {status}.", return_status=status)


class RefundNotFound(OrdersError):
    """The order has no such refund."""

    def __init__(self) -> None:
        super().__init__("This order has no such refund.")


class RefundCurrencyDiffers(OrdersError):
    """Money goes back in the currency in which it was taken."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"This order was paid in {currency}.", currency=currency)


class RefundTooLarge(OrdersError):
    """More than was taken, less what was given back or is on its way back."""

    def __init__(self, amount: int, currency: str) -> None:
        left = {"amount": amount, "currency": currency}
        super().__init__(f"Only {amount} {currency} (minor units) can be given back.", left=left)
