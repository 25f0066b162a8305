"""Everything that a cart or an order refuses, by name.

The domain and the use cases raise these; api/problems.py has one row for each and turns it into
an RFC 9457 problem. The text becomes the problem's `detail`, `extras` its further members.
"""

from orders.domain.errors.after_sales import (
    MoreThanLeft,
    NothingLeft,
    RefundCurrencyDiffers,
    RefundNotFound,
    RefundTooLarge,
    ReturnClosed,
    ReturnNotFound,
    ShipmentDelivered,
    ShipmentNotFound,
)
from orders.domain.errors.base import (
    OrdersError,
)
from orders.domain.errors.carts import (
    CartChanged,
    CartEmpty,
    CartFull,
    CartNotFound,
    CartOrdered,
    CartTokenMalformed,
    CartTokenRequired,
    CurrencyMismatch,
    ProductWithdrawn,
    QuantityTooLarge,
    RepeatedSku,
    UnknownSku,
)
from orders.domain.errors.orders import (
    ContactRequired,
    IllegalMove,
    OrderCannotBeCancelled,
    OrderCannotBeDelivered,
    OrderCannotBePacked,
    OrderCannotBeRefunded,
    OrderCannotBeReturned,
    OrderCannotBeSettled,
    OrderCannotBeShipped,
    OrderNotFound,
    PreconditionMissing,
)
from orders.domain.errors.promotions import (
    CodeNotUsable,
    CodeTaken,
    InvalidPromotion,
    PromotionChanged,
    PromotionNotFound,
    TooManyAutomatic,
    TooManyCodes,
)

__all__ = [
    "CartChanged",
    "CartEmpty",
    "CartFull",
    "CartNotFound",
    "CartOrdered",
    "CartTokenMalformed",
    "CartTokenRequired",
    "CodeNotUsable",
    "CodeTaken",
    "ContactRequired",
    "CurrencyMismatch",
    "IllegalMove",
    "InvalidPromotion",
    "MoreThanLeft",
    "NothingLeft",
    "OrderCannotBeCancelled",
    "OrderCannotBeDelivered",
    "OrderCannotBePacked",
    "OrderCannotBeRefunded",
    "OrderCannotBeReturned",
    "OrderCannotBeSettled",
    "OrderCannotBeShipped",
    "OrderNotFound",
    "OrdersError",
    "PreconditionMissing",
    "ProductWithdrawn",
    "PromotionChanged",
    "PromotionNotFound",
    "QuantityTooLarge",
    "RefundCurrencyDiffers",
    "RefundNotFound",
    "RefundTooLarge",
    "RepeatedSku",
    "ReturnClosed",
    "ReturnNotFound",
    "ShipmentDelivered",
    "ShipmentNotFound",
    "TooManyAutomatic",
    "TooManyCodes",
    "UnknownSku",
]
